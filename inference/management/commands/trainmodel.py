"""``manage.py trainmodel FILE... --out DIR``: the reference trainer."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from inference.features import catalog
from inference.logfiles import LogFormat
from inference.training import packaging
from inference.training.fitting import Algorithm, FitSettings, FittedModel, fit
from inference.training.matrices import training_matrix
from inference.training.reading import Reading
from inference.training.sufficiency import check_enough
from modelhub.commands import Bar, HubCommand

FEATURE_SET = "training-service-v1"
BATCH_RECORDS = 10_000  # the same as analyzelogs: features depend on the batch, so both must cut alike


class Command(HubCommand):
    """Read logs, fit a detector, write a package that any hub can import."""

    help = "Train an anomaly detector on log files and write it as a package folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """Files, where to write, what to fit."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="Log files (may be .gz); - is stdin.")
        parser.add_argument("--out", required=True, type=Path, help="Package folder to write, a new one.")
        parser.add_argument("--label", default="", help="Version label (default: local YYYYMMDD_HHMMSS).")
        parser.add_argument("--algorithm", choices=[*Algorithm], default=Algorithm.ISOLATION_FOREST.value)
        parser.add_argument(
            "--contamination", type=float, default=0.1, help="Share of training lines above the threshold."
        )
        parser.add_argument("--trees", type=int, default=100, help="Trees of an isolation forest.")
        parser.add_argument("--seed", type=int, default=42)
        parser.add_argument(
            "--batch-records",
            type=int,
            default=BATCH_RECORDS,
            help="Records whose features depend on each other.",
        )
        parser.add_argument(
            "--format",
            "--log-format",
            choices=["auto", *LogFormat],
            default="auto",
            help="How the files are written (default: found out).",
        )
        parser.add_argument("--year", type=int, help="Year of the first line where times carry none.")
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--lines", type=int, help="Train on the first N records only.")
        part.add_argument("--first", type=float, help="Train on the first part only, such as 0.5.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Train and say what was written."""
        self._check(options)
        packaging.check_free(options["out"])
        fitted, reading, warning = self._train(options)
        source = ", ".join(Path(name).name for name in options["files"])
        notes = (warning,) if warning else ()
        label = packaging.write_package(
            fitted, options["out"], label=options["label"], source=source, notes=notes
        )
        result = {
            "path": str(options["out"]),
            "label": label,
            "algorithm": options["algorithm"],
            "records": len(fitted.features),
            "rejected": reading.rejected,
            "threshold": fitted.threshold,
            "anomaly_ratio": float((fitted.scores > fitted.threshold).mean()),
            "fit_s": round(fitted.fit_s, 3),
            "notes": list(notes),
        }
        if warning:
            self.remark(f"Warning: {warning}")
        self.emit(result, _summary(result))

    def _train(self, options: dict[str, Any]) -> tuple[FittedModel, Reading, str]:
        """The model, what was read for it, and a warning or an empty text."""
        files, feature_set = options["files"], catalog.get(FEATURE_SET)
        passes = 1 if options["first"] is None else 2
        with self.progress("Reading", _total_bytes(files, passes=passes), unit="bytes") as bar:
            limit = self._limit(options, bar)
            reading = _reading(options, bar)
            matrix = training_matrix(
                reading.records(limit=limit), feature_set, batch_records=options["batch_records"]
            )
        warning = check_enough(len(matrix))
        settings = FitSettings(
            algorithm=Algorithm(options["algorithm"]),
            contamination=options["contamination"],
            trees=options["trees"],
            seed=options["seed"],
        )
        with self.progress("Fitting", 1) as bar:
            fitted = fit(matrix, feature_set.names, settings=settings)
            bar.advance()
        return fitted, reading, warning

    def _limit(self, options: dict[str, Any], bar: Bar) -> int | None:
        if options["first"] is None:
            return None if options["lines"] is None else int(options["lines"])
        in_all = sum(1 for _ in _reading(options, bar).records())
        return math.ceil(float(options["first"]) * in_all)

    def _check(self, options: dict[str, Any]) -> None:
        if not 0 < options["contamination"] <= 0.5:
            self.misused("--contamination must be above 0 and at most 0.5.")
        if not 0 <= options["seed"] < 2**32:
            self.misused("--seed must be at least 0 and below 2**32.")
        for name in ("trees", "batch_records", "lines"):
            if options[name] is not None and options[name] < 1:
                self.misused(f"--{name.replace('_', '-')} must be at least 1.")
        if options["first"] is not None:
            if not 0 < options["first"] <= 1:
                self.misused("--first must be above 0 and at most 1.")
            if "-" in options["files"]:
                self.misused("--first needs files that can be read twice, not -. Use --lines.")


def _reading(options: dict[str, Any], bar: Bar) -> Reading:
    form = options["format"]
    return Reading(
        options["files"],
        bar.advance,
        log_format=None if form == "auto" else LogFormat(form),
        year=options["year"],
    )


def _total_bytes(files: Sequence[str], *, passes: int) -> float | None:
    return None if "-" in files else float(sum(Path(name).stat().st_size for name in files) * passes)


def _summary(result: dict[str, Any]) -> str:
    rejected = f", {result['rejected']} lines left out" if result["rejected"] else ""
    return (
        f"Trained {result['algorithm']} on {result['records']:,} records{rejected}.\n"
        f"Threshold {result['threshold']:.4f}: {result['anomaly_ratio']:.1%} of them above it.\n"
        f"Package {result['label']} written to {result['path']}; import it with "
        f"`manage.py importmodel {result['path']}`."
    )
