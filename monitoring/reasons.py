"""Why a record scored high: what a reason is, and stored reasons as sentences and as bars."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from modelhub.console.pictures import share


class Reason(TypedDict):
    """One feature that raised a score.

    ``usual`` is the feature's mean in training, ``contribution`` is in score units, above 0: at its usual
    value the record would have been that much less anomalous.
    """

    name: str
    value: float
    usual: float
    contribution: float


@dataclass(frozen=True, slots=True)
class ReasonBar:
    """One reason: the feature in words, its value and the usual one, its share of the strongest, 0-100."""

    feature: str
    value: str
    usual: str
    contribution: str
    percent: float


def sentence(reasons: Any) -> str:
    """The strongest reason in words; empty when none is stored.

    >>> sentence([{"name": "message_length", "value": 480.0, "usual": 62.1}])
    'message length is 480, usually 62.1'
    """
    strongest = next(iter(_usable(reasons)), None)
    if strongest is None:
        return ""
    return (
        f"{_words(strongest)} is {_number(strongest.get('value'))}, usually {_number(strongest.get('usual'))}"
    )


def bars(reasons: Any) -> list[ReasonBar]:
    """One bar per stored reason, strongest first as they were stored."""
    usable = _usable(reasons)
    strongest = max((_float(reason.get("contribution")) for reason in usable), default=0.0)
    return [
        ReasonBar(
            _words(reason),
            _number(reason.get("value")),
            _number(reason.get("usual")),
            f"+{_float(reason.get('contribution')):.3f}",
            share(_float(reason.get("contribution")), strongest),
        )
        for reason in usable
    ]


def _usable(reasons: Any) -> Sequence[Mapping[str, Any]]:
    found = reasons if isinstance(reasons, list) else []
    return [reason for reason in found if isinstance(reason, dict) and reason.get("name")]


def _words(reason: Mapping[str, Any]) -> str:
    return str(reason["name"]).replace("_", " ")


def _number(value: Any) -> str:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "unknown"
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _float(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0
