"""Two windows compared in everything that is known of them, and one verdict over the family of tests."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from monitoring.drift import continuous, discrete, proportions
from monitoring.drift.bins import Bins, Counts
from monitoring.drift.correction import adjusted
from monitoring.drift.profile import Profile
from monitoring.drift.result import DriftResult, Finding, Judged, Method, Thresholds, Verdict

# One test for each kind of column; a new kind is one module and one line here.
BY_KIND: dict[str, Callable[[Bins, Counts, Counts], Finding]] = {
    "continuous": continuous.compare,
    "discrete": discrete.compare,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One window: profiles of features and scores (None where not known), and (anomalies, records)."""

    features: Profile | None
    scores: Profile | None
    anomalies: int
    records: int


def compare(
    reference: Sample,
    current: Sample,
    *,
    thresholds: Thresholds | None = None,
    calendar: Collection[str] = (),
) -> DriftResult:
    """The verdict over features, missing values, scores and the anomaly rate.

    Columns in ``calendar`` only tell the time of the day: they are reported but not judged. Profiles are
    compared column by column of equal name; both must have been counted in the same bins (BinsDiffer is for
    the caller to avoid). Windows that are too small, or in which nothing varies, are insufficient data.
    """
    thresholds = thresholds or Thresholds()
    if short := _too_small(reference, current, thresholds):
        return DriftResult(Verdict.INSUFFICIENT_DATA, short, None, None)
    features = list(_columns(reference.features, current.features))
    missing = list(_missing(reference.features, current.features))
    scores = list(_columns(reference.scores, current.scores))
    rate = proportions.compare(
        "anomaly_rate", (reference.anomalies, reference.records), (current.anomalies, current.records)
    )
    family = [*features, *missing, *scores, rate]
    judged = _judge(family, thresholds, calendar)
    verdict, why = _overall(judged)
    counting = [one for one in judged if one.judged]
    before, after = _names(reference.features), _names(current.features)
    ends = len(features), len(features) + len(missing)
    return DriftResult(
        verdict,
        why,
        max((one.result.effect or 0.0 for one in counting), default=None),
        1.0 - min((one.p_adjusted or 0.0 for one in counting), default=1.0) if counting else None,
        features=tuple(judged[: ends[0]]),
        missing=tuple(judged[ends[0] : ends[1]]),
        scores=judged[ends[1]] if scores else None,
        rate=judged[-1],
        unseen_columns=tuple(name for name in after if name not in before),
        absent_columns=tuple(name for name in before if name not in after),
    )


def _too_small(reference: Sample, current: Sample, thresholds: Thresholds) -> str:
    if reference.records < thresholds.min_reference:
        return f"The reference has {reference.records:,} records; {thresholds.min_reference:,} are needed."
    if current.records < thresholds.min_current:
        return f"The current window has {current.records:,} records; {thresholds.min_current:,} are needed."
    return ""


def _columns(reference: Profile | None, current: Profile | None) -> Iterator[Finding]:
    for bins, before, after in _pairs(reference, current):
        yield BY_KIND[bins.kind](bins, before, after)


def _missing(reference: Profile | None, current: Profile | None) -> Iterator[Finding]:
    """Shares of missing values, of the columns that have any: the others could only find nothing."""
    for bins, before, after in _pairs(reference, current):
        if before[-1] or after[-1]:
            yield proportions.compare(
                bins.name, (int(before[-1]), int(before.sum())), (int(after[-1]), int(after.sum()))
            )


def _pairs(reference: Profile | None, current: Profile | None) -> Iterator[tuple[Bins, Counts, Counts]]:
    if reference is None or current is None:
        return
    after = dict(zip(current.names, current.counts, strict=True))
    for bins, counts in zip(reference.bins, reference.counts, strict=True):
        if bins.name in after:
            yield bins, counts, after[bins.name]


def _names(profile: Profile | None) -> tuple[str, ...]:
    return profile.names if profile else ()


def _judge(family: list[Finding], thresholds: Thresholds, calendar: Collection[str]) -> list[Judged]:
    counting = [one.name not in calendar and one.p_value is not None for one in family]
    corrected = iter(
        adjusted([one.p_value or 0.0 for one, counts in zip(family, counting, strict=True) if counts])
    )
    return [
        _judged(one, next(corrected), thresholds) if counts else _reported(one)
        for one, counts in zip(family, counting, strict=True)
    ]


def _judged(one: Finding, p_adjusted: float, thresholds: Thresholds) -> Judged:
    drifted = p_adjusted < thresholds.alpha and (one.effect or 0.0) >= thresholds.min_effect
    return Judged(one, True, p_adjusted, Verdict.DRIFT if drifted else Verdict.NO_DRIFT)


def _reported(one: Finding) -> Judged:
    verdict = Verdict.INSUFFICIENT_DATA if one.test == Method.NONE else Verdict.NO_DRIFT
    return Judged(one, False, None, verdict)


def _overall(judged: list[Judged]) -> tuple[Verdict, str]:
    counting = [one for one in judged if one.judged]
    if any(one.verdict == Verdict.DRIFT for one in counting):
        return Verdict.DRIFT, ""
    if all(one.result.is_constant for one in counting):
        return Verdict.INSUFFICIENT_DATA, "Every value is the same in both windows: nothing can be compared."
    return Verdict.NO_DRIFT, ""
