"""Seeded logs of a small network, with a day rhythm and labelled incidents, in time order.

The same arguments always give the same lines. Texts and addresses are invented; addresses come from
the ranges kept for documentation.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import TypedDict

from inference.generator.incidents import ROUTER_INCIDENTS, SERVER_INCIDENTS, Incident, night_login
from inference.generator.routine import ROUTER_EPISODES, SERVER_EPISODES, Episode
from inference.generator.world import Line, World, make_world

DEFAULT_START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
KINDS = ("all", "router", "sshd")
_BURST = 120
_LINES_PER_EPISODE = 4.4  # rather too many: an incident planned beyond the last line would be lost


class GeneratedLine(TypedDict):
    """One line as written to JSON lines; ``label`` 1 belongs to the incident in ``label_detail``."""

    timestamp: str
    host: str
    process_name: str
    pid: int | None
    level: str
    message: str
    label: int
    label_detail: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to generate: ``lines`` in all, or whatever happens in ``hours``; exactly one is given.

    ``kind`` is one of ``KINDS``. ``start`` is aware; its hour is local time for the day rhythm.
    """

    lines: int | None = None
    hours: float | None = None
    seed: int = 0
    incidents: int = 3
    start: datetime = DEFAULT_START
    kind: str = "all"

    def __post_init__(self) -> None:
        if (self.lines is None) == (self.hours is None):
            raise ValueError("give either lines or hours")
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")


def generate(plan: Plan) -> Iterator[GeneratedLine]:
    """The lines of ``plan`` in ascending time; memory does not grow with their number."""
    rng = Random(plan.seed)  # noqa: S311  (repeatable on purpose, guards nothing)
    world = make_world(rng)
    stream = heapq.merge(_routine(plan, rng, world), _incidents(plan, world), key=_when)
    if plan.hours is not None:
        end_s = plan.hours * 3600
        stream = (labelled for labelled in stream if labelled[0].at < end_s)
    for line, detail in islice(stream, plan.lines):
        yield _written(line, detail, plan.start)


def _when(labelled: tuple[Line, str | None]) -> float:
    return labelled[0].at


def _routine(plan: Plan, rng: Random, world: World) -> Iterator[tuple[Line, str | None]]:
    """Hour by hour; lines of an episode that reaches into later hours wait for them."""
    waiting: list[tuple[float, int, Line]] = []
    count = 0
    for hour in range(math.ceil(plan.hours)) if plan.hours is not None else _forever():
        for line in _hour(plan, rng, world, hour):
            heapq.heappush(waiting, (line.at, count, line))
            count += 1
        while waiting and waiting[0][0] < (hour + 1) * 3600:
            yield heapq.heappop(waiting)[2], None


def _hour(plan: Plan, rng: Random, world: World, hour: int) -> Iterator[Line]:
    local = (plan.start.hour + hour) % 24
    for episode, per_hour in _episodes(plan.kind):
        for _ in range(_poisson(rng, per_hour * activity(local))):
            yield from episode(rng, world, (hour + rng.random()) * 3600)


def activity(local_hour: int) -> float:
    """How busy an hour of the day is, 0.2 at four in the morning to 1.0 at four in the afternoon."""
    return 0.6 - 0.4 * math.cos(2 * math.pi * (local_hour - 4) / 24)


def _incidents(plan: Plan, world: World) -> Iterator[tuple[Line, str | None]]:
    """All incident lines in ascending time; few enough to be held at once."""
    if not plan.incidents:
        return
    rng = Random(f"incidents {plan.seed}")  # noqa: S311
    size = _BURST if plan.lines is None else max(8, min(_BURST, plan.lines // (8 * plan.incidents)))
    span_s = _span_s(plan, plan.incidents * size)
    choice = list(_incident_kinds(plan.kind))
    rng.shuffle(choice)
    found: list[tuple[Line, str | None]] = []
    for place in range(plan.incidents):
        incident = choice[place % len(choice)]
        at = span_s * (0.1 + 0.75 * (place + rng.random()) / plan.incidents)
        if incident is night_login:
            at = _at_night(plan.start, at, span_s)
        found += [(line, incident.__name__) for line in incident(rng, world, at, size)]
    yield from sorted(found, key=_when)


def _at_night(start: datetime, at: float, span_s: float) -> float:
    """Half past three local time, the day of ``at`` or the next; ``at`` where the log has no such night."""
    midnight = at - (start.hour * 3600 + start.minute * 60 + at) % 86_400
    for night in (midnight + 12_600, midnight + 99_000):
        if 0 <= night < 0.85 * span_s:
            return night
    return at


def _span_s(plan: Plan, incident_lines: int) -> float:
    """Seconds the log will cover: given, or expected for the wished number of lines."""
    if plan.hours is not None:
        return plan.hours * 3600
    left = float((plan.lines or 0) - incident_lines)
    at_most = _LINES_PER_EPISODE * sum(rate for _, rate in _episodes(plan.kind))
    hour = 0
    while (here := at_most * activity((plan.start.hour + hour) % 24)) < left:
        left -= here
        hour += 1
    return (hour + max(0, left) / here) * 3600


def _episodes(kind: str) -> tuple[tuple[Episode, float], ...]:
    return {"router": ROUTER_EPISODES, "sshd": SERVER_EPISODES}.get(kind, ROUTER_EPISODES + SERVER_EPISODES)


def _incident_kinds(kind: str) -> tuple[Incident, ...]:
    return {"router": ROUTER_INCIDENTS, "sshd": SERVER_INCIDENTS}.get(
        kind, ROUTER_INCIDENTS + SERVER_INCIDENTS
    )


def _poisson(rng: Random, mean: float) -> int:
    """Knuth's method; the means here are below 100, where exp(-mean) is far from underflow."""
    bound, product, count = math.exp(-mean), rng.random(), 0
    while product > bound:
        product *= rng.random()
        count += 1
    return count


def _forever() -> Iterator[int]:
    hour = 0
    while True:
        yield hour
        hour += 1


def _written(line: Line, detail: str | None, start: datetime) -> GeneratedLine:
    moment = start + timedelta(seconds=int(line.at))
    return GeneratedLine(
        timestamp=moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        host=line.host,
        process_name=line.program,
        pid=line.pid,
        level=line.level,
        message=line.message,
        label=int(detail is not None),
        label_detail=detail,
    )
