"""``manage.py extractfeatures``: the feature matrix of a log file, as csv or npz."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from inference.features import catalog
from inference.features.contract import FeatureSet, Matrix
from inference.logfiles import LogFormat, read_records
from inference.records import LogRecord, time_order
from inference.tabulation import write_csv, write_npz
from modelhub.commands import Bar, HubCommand
from modelhub.errors import Code, InputInvalid
from modelhub.outputs import replacing


class Command(HubCommand):
    """Reads the file, extracts batch by batch, writes the matrix."""

    help = (
        "Computes the feature matrix of a log file. The whole file is one batch, in its own order, as the "
        "training service has it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        known = [feature_set.name for feature_set in catalog.all_feature_sets()]
        parser.add_argument(
            "file", help="Log file: JSON lines, export, syslog or plain text, gzip or not; - for stdin."
        )
        parser.add_argument(
            "--feature-set", choices=known, default=known[0], help="Feature set (default %(default)s)."
        )
        parser.add_argument(
            "--format", choices=("csv", "npz"), default="csv", help="Output form (default csv)."
        )
        parser.add_argument("--out", default="-", help="File to write, - for standard output (default).")
        parser.add_argument("--batch-records", type=int, help="Records per batch (default: the whole file).")
        parser.add_argument(
            "--sort-by-time", action="store_true", help="Put the records in time order first."
        )
        parser.add_argument(
            "--read-as",
            choices=("training", "api"),
            default="training",
            help="JSON records: training takes the training service's keys, levels untouched (default); "
            "api takes all names the API knows.",
        )
        parser.add_argument(
            "--log-format", choices=list(LogFormat), help="Form of the file (default: found out)."
        )
        parser.add_argument("--year", type=int, help="Year of the first line where times carry none.")

    def handle(self, *_args: Any, **options: Any) -> None:
        if self.as_json and options["out"] == "-":
            self.misused("--json needs --out FILE: the matrix itself goes to standard output.")
        if options["batch_records"] is not None and options["batch_records"] < 1:
            self.misused("--batch-records must be above 0.")
        started = time.perf_counter()
        records, lines, rejected = self._read(options)
        if not records:
            raise InputInvalid(
                Code.RECORD_INVALID, f"{options['file']}: none of {rejected} lines is a log record."
            )
        self._write(records, lines, options)
        seconds = time.perf_counter() - started
        self._report(len(records), rejected, seconds, options)

    def _read(self, options: dict[str, Any]) -> tuple[list[LogRecord], list[int], int]:
        """Usable records with their line numbers, and the count of unusable lines, each named on stderr."""
        records, lines, rejected = [], [], 0
        size = Path(options["file"]).stat().st_size if options["file"] != "-" else None
        with self.progress("Reading", size, unit="bytes") as bar:
            for line in read_records(
                options["file"],
                log_format=LogFormat(options["log_format"]) if options["log_format"] else None,
                as_trained=options["read_as"] == "training",
                year=options["year"],
                on_bytes=bar.advance,
            ):
                if line.ends_file:
                    raise InputInvalid(
                        Code.RECORD_INVALID,
                        f"{options['file']}: the compressed file is damaged or cut off. Fetch it again.",
                    )
                if line.record is None:
                    rejected += 1
                    self._complain(line.number, line.error, rejected)
                    continue
                records.append(line.record)
                lines.append(line.number)
        if options["sort_by_time"]:
            order = time_order(records)
            records, lines = [records[i] for i in order], [lines[i] for i in order]
        return records, lines, rejected

    def _complain(self, number: int, reason: str, count: int) -> None:
        if count <= 5:
            self.stderr.write(f"Line {number}: {reason}")
        elif count == 6:
            self.stderr.write("More lines cannot be used; the summary counts them.")

    def _write(self, records: list[LogRecord], lines: list[int], options: dict[str, Any]) -> None:
        feature_set = catalog.get(options["feature_set"])
        size = min(options["batch_records"] or len(records), len(records))
        # One batch is extracted in one go: nothing is known of how far it is until its rows are written.
        total = len(records) if size < len(records) else None
        with (
            replacing(options["out"]) as out,
            self.progress("Extracting", total, unit="lines") as bar,
        ):
            matrices = _batches(feature_set, records, size)
            if options["format"] == "csv":
                write_csv(out, feature_set.names, matrices, on_rows=partial(_written, bar, len(records)))
            else:
                numbers = np.array(lines, dtype=np.int64)
                write_npz(out, feature_set.names, matrices, lines=numbers, on_rows=bar.advance)

    def _report(self, count: int, rejected: int, seconds: float, options: dict[str, Any]) -> None:
        if options["out"] == "-":
            return
        summary = {
            "file": options["file"],
            "out": options["out"],
            "feature_set": options["feature_set"],
            "format": options["format"],
            "records": count,
            "rejected": rejected,
            "seconds": round(seconds, 3),
        }
        text = f"{count} records, {rejected} lines not usable, {options['feature_set']}, in {options['out']}."
        self.emit(summary, text)


def _batches(feature_set: FeatureSet, records: Sequence[LogRecord], size: int) -> Iterator[Matrix]:
    for first in range(0, len(records), size):
        yield feature_set.extract(records[first : first + size])


def _written(bar: Bar, total: int, rows: int) -> None:
    bar.expect(total)
    bar.advance(rows)
