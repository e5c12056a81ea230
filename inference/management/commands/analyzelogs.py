"""``analyzelogs``: score log files and show the severest anomalies."""

import contextlib
import os
import resource
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from inference import logjobs
from inference.analysis import Find
from inference.logfiles import LogFormat
from inference.models import BatchJob
from inference.resultfile import ResultWriter
from inference.serving import loading
from inference.serving.slots import Slot
from inference.termination import terminable
from modelhub import tables
from modelhub.commands import HubCommand
from modelhub.errors import Code, InputInvalid
from modelhub.outputs import replacing
from monitoring.reasons import sentence

_MOST_BATCH = 1_000_000
_MESSAGE_WIDTH = 90


class Command(HubCommand):
    """Scores log files with what serves now, or with another version."""

    help = (
        "Score log files (JSON lines, exports, syslog or plain text, gzip or not; - for standard input). "
        "Features of a line depend on the other lines of its batch."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Our ``--version`` takes the place of Django's own, which only prints its number."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Files, which version scores them, and what is kept of the result."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a log file, or - for standard input")
        parser.add_argument("--model", help="registered model (default: the default model)")
        parser.add_argument(
            "--version", dest="reference", metavar="REF", help="LABEL, NAME:LABEL or NAME@ALIAS"
        )
        parser.add_argument("--batch-records", type=int, default=10_000, help="lines scored together (10000)")
        parser.add_argument("--top", type=int, default=10, help="anomalies shown, severest first (10)")
        parser.add_argument("--keep", type=int, default=1_000, help="anomalies stored, severest first (1000)")
        parser.add_argument(
            "--out", metavar="FILE", help="write every result as JSON lines, - for standard output"
        )
        parser.add_argument("--year", type=int, help="year of the first line, for syslog times without one")
        choices = ["auto", *(form.value for form in LogFormat)]
        parser.add_argument(
            "--format", "--log-format", choices=choices, default="auto", help="how the files are written"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Score, then print the summary and the severest anomalies."""
        wish = self._wish(options)
        slot = loading.for_request(options["model"], options["reference"])
        with (
            terminable(),
            _results(options["out"], slot) as writer,
            self.progress("Scoring", _bytes(wish.paths), unit="bytes") as bar,
        ):
            job, tally = logjobs.run(
                wish, slot, self.actor, on_bytes=bar.advance, on_batch=writer.write if writer else None
            )
        summary = _summary(job, tally, slot)
        shown = _shown(tally.kept[: wish.top])
        if options["out"] == "-":
            self.remark(_text(summary, shown))  # the results have standard output to themselves
        else:
            self.emit(summary | {"top": shown}, _text(summary, shown))
        if tally.cut_off:
            raise InputInvalid(
                Code.RECORD_INVALID,
                f"{', '.join(tally.cut_off)}: the compressed file is damaged or cut off; "
                "only the lines before that were scored. Fetch it again.",
            )

    def _wish(self, options: dict[str, Any]) -> logjobs.Wish:
        if not 1 <= options["batch_records"] <= _MOST_BATCH:
            self.misused(f"--batch-records must be from 1 to {_MOST_BATCH}.")
        if options["top"] < 0 or options["keep"] < 0:
            self.misused("--top and --keep must not be negative.")
        out = options["out"]
        if out == "-" and self.as_json:
            self.misused("--json needs --out FILE: the results themselves go to standard output.")
        for path in options["files"]:
            if path == "-":
                continue
            if out and out != "-" and os.path.realpath(path) == os.path.realpath(out):
                self.misused("--out would overwrite a file that is being read.")
            if not os.access(path, os.R_OK):
                raise InputInvalid(Code.PARAM_INVALID, f"{path} cannot be read. Check its name and rights.")
        form = options["format"]
        return logjobs.Wish(
            paths=options["files"],
            batch_records=options["batch_records"],
            keep=options["keep"],
            top=options["top"],
            log_format=None if form == "auto" else LogFormat(form),
            year=options["year"],
        )


@contextlib.contextmanager
def _results(target: str | None, slot: Slot) -> Iterator[ResultWriter | None]:
    if target is None:
        yield None
        return
    with replacing(target) as stream:
        yield ResultWriter(slot, stream)


def _bytes(paths: Any) -> float | None:
    return None if "-" in paths else float(sum(os.path.getsize(path) for path in paths))


def _summary(job: BatchJob, tally: logjobs.Tally, slot: Slot) -> dict[str, Any]:
    seconds = job.duration_s or 0.0
    return {
        "job": job.pk,
        "version": slot.version.reference,
        "lines": tally.lines,
        "rejected": tally.rejected,
        "rejected_examples": tally.faults,
        "cut_off": tally.cut_off,
        "anomalies": tally.anomalies,
        "anomaly_rate": tally.anomalies / tally.scored if tally.scored else None,
        "stored": job.stored,
        "known": job.known,
        "imputed": sorted(tally.imputed),
        "threshold": slot.model.threshold,
        "first_record_at": job.first_record_at,
        "last_record_at": job.last_record_at,
        "duration_s": round(seconds, 3),
        "lines_per_second": round(tally.lines / seconds) if seconds else None,
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _shown(finds: list[Find]) -> list[dict[str, Any]]:
    return [
        {
            "severity": find.severity,
            "score": find.score,
            "timestamp": find.record.timestamp,
            "program": find.record.program,
            "message": find.record.message,
            "reasons": [sentence([reason]) for reason in find.reasons],
        }
        for find in finds
    ]


def _text(summary: dict[str, Any], shown: list[dict[str, Any]]) -> str:
    rate = summary["anomaly_rate"]
    facts = [
        ("Version", summary["version"]),
        ("Lines", f"{summary['lines']:,}"),
        ("Rejected", f"{summary['rejected']:,}"),
        ("Anomalies", f"{summary['anomalies']:,}" + ("" if rate is None else f" ({rate:.2%})")),
        ("Stored", f"{summary['stored']:,} as job {summary['job']}{_known(summary['known'])}"),
        ("Time", f"{summary['duration_s']:.1f} s, {summary['lines_per_second'] or 0:,} lines/s"),
        ("Peak memory", f"{summary['peak_memory_mib']:,} MiB"),
    ]
    parts = ["\n".join(f"{name:<12} {value}" for name, value in facts)]
    if summary["imputed"]:
        parts.append(f"Never seen in a whole batch, scored as usual: {', '.join(summary['imputed'])}.")
    parts += [f"Not used: {fault}" for fault in summary["rejected_examples"]]
    if shown:
        headings = ("SEVERITY", "TIME", "PROGRAM", "MESSAGE", "REASONS")
        parts.append(tables.render(headings, [_row(line) for line in shown]))
    return "\n\n".join(parts)


def _known(count: int) -> str:
    return f", {count:,} known from an earlier scoring" if count else ""


def _row(line: dict[str, Any]) -> tuple[str, str, str, str, str]:
    message = line["message"]
    return (
        f"{line['severity']:.0f}",
        f"{line['timestamp']:%Y-%m-%d %H:%M:%S}" if line["timestamp"] else "-",
        line["program"] or "-",
        message if len(message) <= _MESSAGE_WIDTH else f"{message[: _MESSAGE_WIDTH - 1]}…",
        "; ".join(line["reasons"]) or "-",
    )
