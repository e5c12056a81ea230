"""The pictures of a summary: requests, time, anomalies over the window, as geometry and as a sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from modelhub.console.pictures import HEIGHT, WIDTH, Bar, Tick, columns
from monitoring import performance
from monitoring.metering.aggregate import Aggregate
from monitoring.summaries import Step, Summary, ratio

MOST_COLUMNS = 90
Figure = Callable[[Aggregate], float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a picture: its runs of points without gap, and its name and tone in the legend."""

    name: str
    tone: str
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture under ``title``, ``summary`` in words; either bars or lines; ``top`` labels the axis."""

    title: str
    summary: str
    top: str
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]


def pictures(summary: Summary) -> tuple[Picture, ...]:
    """Requests and failures, inference time, anomaly rate; empty while nothing was scored."""
    if not summary.counted.requests:
        return ()
    steps = coarser(summary.steps)
    return _requests(summary, steps), _times(summary, steps), _anomalies(summary, steps)


def coarser(steps: Sequence[Step]) -> list[Step]:
    """The same steps, several as one where there are more than a picture can show."""
    together = -(-len(steps) // MOST_COLUMNS)
    found = []
    for place in range(0, len(steps), together):
        whole = Aggregate()
        for step in steps[place : place + together]:
            whole.merge(step.counted)
        found.append(Step(steps[place].start, whole))
    return found


def words(seconds: float | None) -> str:
    """A duration for people, three digits: 0.00123 is "1.23 ms"; a dash for none."""
    if seconds is None:
        return "–"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            return f"{seconds / size:.3g} {unit}"
    return ""


def _requests(summary: Summary, steps: Sequence[Step]) -> Picture:
    counts = [
        [("brand", step.counted.requests - step.counted.errors), ("severe", step.counted.errors)]
        for step in steps
    ]
    titles = [
        f"{_moment(step.start)}: {step.counted.requests:,} requests, {step.counted.errors:,} failed"
        for step in steps
    ]
    tallest = max(step.counted.requests for step in steps)
    counted = summary.counted
    said = (
        f"{counted.requests:,} requests with {counted.records:,} records, {counted.errors:,} failed; "
        f"{summary.throughput:.3g} records a second over the window."
    )
    return Picture("Requests", said, f"{tallest:,}", columns(counts, titles), (), _ticks(steps))


def _times(summary: Summary, steps: Sequence[Step]) -> Picture:
    figures: dict[str, tuple[str, Figure]] = {
        "p99": ("severe", lambda one: performance.quantile(one, 0.99)),
        "p95": ("high", lambda one: performance.quantile(one, 0.95)),
        "median": ("brand", lambda one: performance.quantile(one, 0.5)),
    }
    values = {name: [figure(step.counted) for step in steps] for name, (_, figure) in figures.items()}
    top = max((value for line in values.values() for value in line if value is not None), default=0.0)
    lines = tuple(Line(name, figures[name][0], runs(values[name], top)) for name in figures)
    quantiles = [words(performance.quantile(summary.counted, share)) for share in (0.5, 0.95, 0.99)]
    said = "Half of the requests took up to {}, 95 % up to {}, 99 % up to {}.".format(*quantiles)
    return Picture("Inference time", said, words(top), (), lines, _ticks(steps))


def _anomalies(summary: Summary, steps: Sequence[Step]) -> Picture:
    rates = [ratio(step.counted.anomalies, step.counted.records) for step in steps]
    top = max((rate for rate in rates if rate is not None), default=0.0)
    whole = ratio(summary.counted.anomalies, summary.counted.records)
    share = "nothing was scored" if whole is None else f"{whole:.2%} of the records"
    said = f"{summary.counted.anomalies:,} anomalies, {share}."
    line = Line("anomaly rate", "high", runs(rates, top))
    return Picture("Anomaly rate", said, f"{top:.1%}", (), (line,), _ticks(steps))


def runs(values: Sequence[float | None], top: float) -> tuple[str, ...]:
    """Points of a line as high as ``top``; a step without a value breaks it, a lone value is a short dash.

    >>> runs([1.0, None, 2.0, 2.0], 2.0)
    ('60.0,90.0 100.0,90.0', '400.0,0.0 560.0,0.0')
    """
    step, dash = WIDTH / max(len(values), 1), WIDTH / 32
    found: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            found.append([])
            continue
        found[-1].append(((place + 0.5) * step, HEIGHT * (1 - value / top) if top else float(HEIGHT)))
    lone = min(dash, step / 2)
    return tuple(
        " ".join(f"{x:.1f},{y:.1f}" for x, y in (run if len(run) > 1 else _dash(run[0], lone)))
        for run in found
        if run
    )


def _dash(point: tuple[float, float], half: float) -> list[tuple[float, float]]:
    return [(point[0] - half, point[1]), (point[0] + half, point[1])]


def _ticks(steps: Sequence[Step]) -> tuple[Tick, ...]:
    places = sorted({round(part * (len(steps) - 1) / 4) for part in range(5)})
    days = steps[-1].start.date() != steps[0].start.date()
    form = "%d %b" if days and len(steps) > 1 and (steps[-1].start - steps[0].start).days > 2 else "%H:%M"
    return tuple(Tick((place + 0.5) * WIDTH / len(steps), f"{steps[place].start:{form}}") for place in places)


def _moment(start: datetime) -> str:
    return f"{start:%d %b %H:%M}"
