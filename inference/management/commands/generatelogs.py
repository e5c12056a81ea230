"""``manage.py generatelogs``: write a seeded log with labelled incidents."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser

from inference.generator import DEFAULT_START, KINDS, GeneratedLine, Plan, generate
from inference.intake.times import iso_time
from modelhub.commands import HubCommand
from modelhub.outputs import replacing

_DEFAULT_LINES = 2_000
_MOST_HOURS = 1_000_000
_DAEMON = 3 << 3
_SEVERITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}


class Command(HubCommand):
    """Parses the wish, writes the lines, says how many and which incidents."""

    help = (
        "Writes a realistic router, sshd and dnsmasq log with labelled incidents; "
        "the same seed gives the same log."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        size = parser.add_mutually_exclusive_group()
        size.add_argument("--lines", type=int, help=f"Number of lines (default {_DEFAULT_LINES}).")
        size.add_argument("--hours", type=float, help="Hours covered, instead of a number of lines.")
        parser.add_argument("--seed", type=int, default=0, help="Number the log is drawn from (default 0).")
        parser.add_argument("--incidents", type=int, default=3, help="Number of incidents (default 3).")
        parser.add_argument(
            "--start", help=f"ISO 8601 time of the beginning (default {DEFAULT_START.isoformat()})."
        )
        parser.add_argument("--kind", choices=KINDS, default="all", help="Which machines (default all).")
        parser.add_argument(
            "--format",
            choices=("jsonl", "syslog"),
            default="jsonl",
            help="jsonl keeps the labels; syslog is RFC 3164 text with priority, without labels.",
        )
        parser.add_argument("--out", default="-", help="File to write, - for standard output (default).")

    def handle(self, *_args: Any, **options: Any) -> None:
        if self.as_json and options["out"] == "-":
            self.misused("--json needs --out FILE: the log itself goes to standard output.")
        plan = self._plan(options)
        written = _syslog if options["format"] == "syslog" else _json
        details: Counter[str] = Counter()
        count = 0
        with replacing(options["out"]) as out, self.progress("Generating", plan.lines, unit="lines") as bar:
            for line in generate(plan):
                out.write(written(line).encode())
                count += 1
                details[line["label_detail"] or ""] += 1
                if count % 1000 == 0:
                    bar.advance(1000)
            bar.advance(count % 1000)
        del details[""]
        if options["out"] != "-":
            summary = {
                "lines": count,
                "labelled": details.total(),
                "incidents": dict(details),
                "seed": plan.seed,
            }
            self.emit({**summary, "out": options["out"]}, _sentence(count, details, options["out"]))

    def _plan(self, options: dict[str, Any]) -> Plan:
        lines, hours, incidents = options["lines"], options["hours"], options["incidents"]
        if lines is None and hours is None:
            lines = _DEFAULT_LINES
        if lines is not None and lines < 1:
            self.misused("--lines must be above 0.")
        if hours is not None and not 0 < hours <= _MOST_HOURS:
            self.misused(f"--hours must be above 0 and at most {_MOST_HOURS}.")
        if not 0 <= incidents <= 10_000:
            self.misused("--incidents must be between 0 and 10000.")
        return Plan(
            lines=lines,
            hours=hours,
            seed=options["seed"],
            incidents=incidents,
            start=self._start(options["start"]),
            kind=options["kind"],
        )

    def _start(self, text: str | None) -> datetime:
        moment = DEFAULT_START if text is None else iso_time(text)
        if moment is None or not 1970 <= moment.year < 2100:
            self.misused(f"--start {text!r} is no ISO 8601 time of the years 1970 to 2099.")
        return moment


def _json(line: GeneratedLine) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"


def _syslog(line: GeneratedLine) -> str:
    moment = datetime.fromisoformat(line["timestamp"])
    tag = line["process_name"] if line["pid"] is None else f"{line['process_name']}[{line['pid']}]"
    clock = f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S}"
    return f"<{_DAEMON | _SEVERITIES[line['level']]}>{clock} {line['host']} {tag}: {line['message']}\n"


def _sentence(count: int, details: Counter[str], out: str) -> str:
    found = ", ".join(f"{name} {lines}" for name, lines in sorted(details.items())) or "none"
    return f"{count} lines in {out}. Incidents (lines): {found}."
