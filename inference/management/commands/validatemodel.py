"""``validatemodel REF``."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from inference.validation import operation, presentation, resolving
from inference.validation.findings import Finding, Severity
from inference.validation.report import Report
from modelhub import tables
from modelhub.commands import FAILED, HubCommand
from modelhub.errors import Code, InputInvalid

_WORDS = {"passed": "passed", "warning": "WARNING", "failed": "FAILED", "not_applicable": "-"}


class Command(HubCommand):
    """Runs all quality checks; exit code 1 where the version is invalid."""

    help = "Run all quality checks on a version, or on a package folder or zip that is not imported."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to validate, and rows to hold against it."""
        parser.add_argument(
            "reference", metavar="REF", help="LABEL, NAME:LABEL, NAME@ALIAS, or the path of a package"
        )
        parser.add_argument(
            "--reference",
            dest="rows",
            metavar="FILE",
            help="rows to score too: .csv with a line of names, or .npz with an array X",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Validate, print the checks, and leave with 1 where one failed."""
        rows = _read(Path(options["rows"])) if options["rows"] else None
        version = resolving.version_named(options["reference"])
        if version is None:
            report = resolving.inspect(options["reference"], rows=rows).report
            data, name = presentation.outcome(report), options["reference"]
        else:
            matrix = resolving.rows_for_version(version, rows)
            row = operation.validate(version, self.actor, reference_rows=matrix)
            report, data, name = operation.report_of(row), presentation.result(row), version.reference
        self.emit(data, _told(name, report, data["report_id"]))
        if not report.is_valid:
            raise SystemExit(FAILED)


def _told(name: str, report: Report, report_id: int | None) -> str:
    table = tables.render(
        ("check", "result", "found"),
        [(check.title, _WORDS[check.status], _found(check.findings)) for check in report.checks],
    )
    verdict = "valid" if report.is_valid else "NOT VALID: it cannot be deployed without force"
    kept = f"Report #{report_id}." if report_id else "Nothing was stored."
    lines = [table, "", f"{name} is {verdict}. Score {report.score * 100:.0f} of 100. {kept}"]
    if report.recommendations:
        lines += ["What to do next:", *(f"  - {step}" for step in report.recommendations)]
    return "\n".join(lines)


def _found(findings: tuple[Finding, ...]) -> str:
    return " ".join(f.description for f in findings if f.severity is not Severity.INFO)


def _read(path: Path) -> list[Any]:
    """Rows of a file, as objects by name (.csv) or lists (.npz). Raises InputInvalid, OSError."""
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as content:
                return _matrix(content[content.files[0]] if "X" not in content else content["X"])
        with path.open(newline="", encoding="utf-8") as file:
            return [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    except (ValueError, TypeError, AttributeError, IndexError, EOFError):
        raise InputInvalid(
            Code.FEATURES_INVALID,
            f"{path.name} holds no rows of numbers. Give a .csv with a line of feature names, or an .npz "
            "with an array X of shape (rows, features).",
        ) from None


def _matrix(array: Any) -> list[Any]:
    if array.ndim != 2 or array.dtype.kind not in "fiub":
        raise ValueError
    rows: list[Any] = array.astype(np.float64).tolist()
    return rows
