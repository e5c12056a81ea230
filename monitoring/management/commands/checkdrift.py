"""``checkdrift [REF] [--all]``."""

from typing import Any

from django.core.management.base import CommandParser

from modelhub.commands import FAILED, HubCommand
from modelhub.registry import references
from modelhub.registry.models import Deployment, ModelVersion
from modelhub.tables import render
from monitoring import drift_checks, window
from monitoring.drift.result import Verdict
from monitoring.drift_presentation import drift_result
from monitoring.models import DriftCheck

_SHOWN = 10


class Command(HubCommand):
    """Compare what versions scored lately with their references; every check is stored."""

    help = "Check a version, or every deployed one, for drift. Every check is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which versions, which window, and whether drift is a failure."""
        parser.add_argument(
            "reference",
            metavar="REF",
            nargs="?",
            default="",
            help="LABEL, NAME:LABEL or NAME@ALIAS; default: what the default model serves",
        )
        parser.add_argument("--all", action="store_true", help="every deployed version")
        parser.add_argument("--window", default="", help="the current window, such as 30m, 6h or 1d")
        parser.add_argument(
            "--fail-on-drift", action="store_true", help="leave with exit code 1 when drift is found"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and say what was found."""
        if options["all"] and options["reference"]:
            self.misused("Give a reference or --all, not both.")
        length = window.parse(options["window"]) if options["window"] else None
        versions = _deployed() if options["all"] else [_version(options["reference"])]
        with self.progress("Checking", len(versions), unit="versions") as bar:
            checks = []
            for version in versions:
                checks.append(drift_checks.check(version, self.actor, window=length))
                bar.advance()
        text = (
            "\n\n".join(_words(check) for check in checks) or "Nothing is deployed, so nothing was checked."
        )
        self.emit({"checks": [drift_result(check) for check in checks]}, text)
        if options["fail_on_drift"] and any(check.verdict == Verdict.DRIFT for check in checks):
            self._leave("Drift was found.", FAILED)


def _version(reference: str) -> ModelVersion:
    """The version named, or the one deployed in the default model."""
    if reference:
        return references.find(reference)
    return references.find("@champion")


def _deployed() -> list[ModelVersion]:
    rows = Deployment.objects.open().select_related("version__model").order_by("model__name")
    return [row.version for row in rows]


def _words(check: DriftCheck) -> str:
    head = f"{check.version.reference}: {check.get_verdict_display().lower()}. {check.detail}"
    rows = [
        (row["name"], row["test"], _short(row["effect"]), _short(row["p_adjusted"]), _mark(row))
        for row in check.features[:_SHOWN]
    ]
    if not rows:
        return head
    return head + "\n" + render(("feature", "test", "effect", "adjusted p", ""), rows)


def _mark(row: dict[str, Any]) -> str:
    if row["drifted"]:
        return "drifted"
    return "" if row["judged"] else "not judged"


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
