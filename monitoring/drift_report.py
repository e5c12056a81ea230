"""A comparison as it is stored and told: plain JSON values and sentences, no arrays, never NaN."""

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from monitoring.drift import pictured
from monitoring.drift.profile import Profile
from monitoring.drift.result import DriftResult, Judged, Shift, Thresholds, Verdict

Pair = tuple[Profile | None, Profile | None]

MOST_PICTURES = 12


def detail(result: DriftResult) -> str:
    """The verdict in a sentence or two, the strongest finding first."""
    if result.verdict == Verdict.INSUFFICIENT_DATA:
        return result.why
    if result.verdict == Verdict.NO_DRIFT:
        return "Nothing that the version was given or answered differs from the reference."
    said = []
    drifted = [row for row in features(result) if row["drifted"]]
    if drifted:
        count, total = len(drifted), len(result.features)
        said.append(f"{count} of {total} features drifted, {drifted[0]['name']} most")
    if _drifted(result.scores):
        said.append("the scores lie elsewhere")
    if _drifted(result.rate) and result.rate is not None:
        facts = result.rate.result.facts
        said.append(f"the anomaly rate went from {_percent(facts['before'])} to {_percent(facts['after'])}")
    text = "; ".join(said) + "."
    return text[0].upper() + text[1:]


def features(result: DriftResult) -> list[dict[str, Any]]:
    """One row for each column, drifted ones first, then by effect."""
    missing = {one.result.name: one for one in result.missing}
    rows = [_feature(one, missing.get(one.result.name)) for one in result.features]
    return sorted(rows, key=lambda row: (not row["drifted"], -(row["effect"] or 0.0)))


def indicators(result: DriftResult, shift: Shift | None) -> dict[str, Any]:
    """The three changes that the contract names, null where not known, and what they were read from.

    The rate's is a difference of shares, the scores' the effect of their test, the inference time's relative.
    """
    rate, scores = result.rate, result.scores
    return {
        "anomaly_rate_change": _number(rate.result.facts.get("change")) if rate else None,
        "score_distribution_change": _number(scores.result.effect) if scores else None,
        "inference_time_change": _number(shift.change) if shift else None,
        "anomaly_rate": _test(rate) if rate else None,
        "scores": _test(scores) if scores else None,
        "inference_time": {
            "before": _number(shift.before_s),
            "after": _number(shift.after_s),
            "slower_probability": _number(shift.superiority),
        }
        if shift
        else None,
        "unseen_columns": list(result.unseen_columns),
        "absent_columns": list(result.absent_columns),
    }


def distributions(result: DriftResult, pairs: Iterable[Pair]) -> dict[str, list[list[float | str]]]:
    """For the scores and the features that drifted most: (range in words, share before, share now) rows."""
    wanted = [row["name"] for row in features(result) if row["drifted"]][:MOST_PICTURES]
    if result.scores is not None:
        wanted.append(result.scores.result.name)
    found: dict[str, list[list[float | str]]] = {}
    for reference, current in pairs:
        if reference is None or current is None:
            continue
        after = dict(zip(current.names, current.counts, strict=True))
        for bins, before in zip(reference.bins, reference.counts, strict=True):
            if bins.name in wanted and bins.name in after:
                groups = pictured.grouped(bins, before, after[bins.name])
                found[bins.name] = [[group.label, group.reference, group.current] for group in groups]
    return found


def settings(thresholds: Thresholds, window: timedelta | None) -> dict[str, Any]:
    """Every number that the verdict depends on."""
    return {
        "alpha": thresholds.alpha,
        "min_effect": thresholds.min_effect,
        "min_reference": thresholds.min_reference,
        "min_current": thresholds.min_current,
        "correction": "benjamini_hochberg",
        "window_s": window.total_seconds() if window else None,
    }


def _feature(one: Judged, missing: Judged | None) -> dict[str, Any]:
    return _test(one) | {
        "drifted": _drifted(one) or _drifted(missing),
        "judged": one.judged or bool(missing and missing.judged),
        "missing": _test(missing) if missing else None,
    }


def _test(one: Judged) -> dict[str, Any]:
    result = one.result
    facts = {name: _number(value) for name, value in result.facts.items()}
    return {
        "name": result.name,
        "test": str(result.test),
        "statistic": _number(result.statistic),
        "p_value": _number(result.p_value),
        "p_adjusted": _number(one.p_adjusted),
        "effect": _number(result.effect),
        "drifted": _drifted(one),
        "judged": one.judged,
        "verdict": str(one.verdict),
        "n_reference": result.n_reference,
        "n_current": result.n_current,
        "why": result.why,
        **facts,
    }


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _drifted(one: Judged | None) -> bool:
    return one is not None and one.verdict == Verdict.DRIFT


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def groups_of(stored: Sequence[Sequence[Any]]) -> list[pictured.Group]:
    """The groups that :func:`distributions` stored."""
    return [pictured.Group(str(label), float(before), float(after)) for label, before, after in stored]
