"""``manage.py performancereport``: how a version performed, for the terminal, a file or another program."""

import json
from typing import Any

from django.core.management.base import CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from modelhub import outputs
from modelhub.commands import HubCommand
from modelhub.registry import references
from modelhub.tables import render
from monitoring import charts, performance, reports
from monitoring import window as windows
from monitoring.reports import Report
from monitoring.summaries import ratio
from monitoring.templatetags.metering import after, before, change, rate


class Command(HubCommand):
    """Report the performance of a version."""

    help = "Report how a version performed: totals, times, trends, drift, what to do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", help="LABEL, NAME:LABEL or NAME@ALIAS.")
        parser.add_argument("--window", default=windows.DEFAULT, help="Such as 30m, 1h or 7d (default 24h).")
        parser.add_argument("--format", choices=["text", "json", "html"], default="text")
        parser.add_argument("--out", default="-", metavar="FILE", help="Write to a file (default: print).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report or write it to a file."""
        made = reports.report(references.find(options["reference"]), length=options["window"])
        form = "json" if self.as_json else options["format"]
        text = {"text": as_text, "json": _as_json, "html": reports.as_html}[form](made)
        if options["out"] == "-" and form == "text":
            self.emit({}, text)
        elif options["out"] == "-":
            self.stdout.write(text)
        else:
            with outputs.replacing(options["out"]) as file:
                file.write(text.encode() + b"\n")
            self.remark(f"Written to {options['out']}.")


def as_text(made: Report) -> str:
    """The report in lines for a terminal."""
    summary, counted = made.summary, made.summary.counted
    figures = [
        ("Requests", f"{counted.requests:,}"),
        ("Records scored", f"{counted.records:,} ({summary.throughput:.3g} a second)"),
        ("Failed", f"{counted.errors:,}"),
        ("Not counted", f"{summary.lost_requests:,}"),
        *[
            (f"p{percent} time", charts.words(performance.quantile(counted, percent / 100)))
            for percent in (50, 95, 99)
        ],
        (
            "Anomalies",
            f"{counted.anomalies:,} ({rate(ratio(counted.anomalies, counted.records))})",
        ),
    ]
    span = f"{summary.window.start:%d %b %Y %H:%M} to {summary.window.end:%d %b %Y %H:%M} UTC"
    parts = [f"{summary.version.reference}, {span}", "", *[f"{name:<16}{value}" for name, value in figures]]
    if counted.requests:
        lines = [(trend.label, before(trend), after(trend), change(trend)) for trend in made.trends]
        parts += ["", render(("Half of the window", "Earlier", "Later", "Change"), lines)]
    if made.checks:
        checks = [(f"{c.checked_at:%d %b %H:%M}", c.get_verdict_display(), c.detail) for c in made.checks]
        parts += ["", render(("Drift check", "Verdict", "In words"), checks)]
    return "\n".join([*parts, "", *[f"- {sentence}" for sentence in made.recommendations]])


def _as_json(made: Report) -> str:
    return json.dumps(reports.as_json(made), cls=DjangoJSONEncoder, ensure_ascii=False, allow_nan=False)
