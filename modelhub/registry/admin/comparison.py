"""What serves now beside what would serve: rows for the confirmation page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from modelhub.registry.models import ModelVersion

NONE = "–"
ALWAYS_DIFFERENT = {"Trained", "Imported"}


@dataclass(frozen=True, slots=True)
class Row:
    """One property of both versions as text, or a date; ``differs`` marks a change."""

    label: str
    current: Any
    candidate: Any
    notable: bool = True

    @property
    def differs(self) -> bool:
        """True when the two are not the same and that is worth a mark (names and dates always differ)."""
        return self.notable and bool(self.current != self.candidate)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows, and the features that only one of the two versions expects."""

    rows: tuple[Row, ...]
    added: tuple[str, ...]
    missing: tuple[str, ...]


def compare(current: ModelVersion | None, candidate: ModelVersion) -> Comparison:
    """Candidate against current; without a current version every current cell is a dash."""
    rows = [
        Row(label, before, after, notable=label not in ALWAYS_DIFFERENT)
        for (label, after), before in zip(_facts(candidate), _values(current, candidate), strict=True)
    ]
    rows += _metric_rows(current, candidate)
    before, after = set(current.feature_names) if current else set(), set(candidate.feature_names)
    known = current is not None
    return Comparison(
        tuple(rows),
        tuple(name for name in candidate.feature_names if name not in before) if known else (),
        tuple(name for name in current.feature_names if name not in after) if current else (),
    )


def _facts(version: ModelVersion) -> list[tuple[str, Any]]:
    return [
        ("Estimator", version.estimator),
        ("Threshold", f"{version.threshold:.6g} ({version.threshold_source})"),
        ("Scores", version.feature_set or "feature matrices only"),
        ("Features", str(version.n_features)),
        ("Training records", _count(version.training_samples)),
        ("Trained", version.trained_at or NONE),
        ("Imported", version.imported_at),
        ("Import warnings", str(len(version.notes))),
    ]


def _values(current: ModelVersion | None, candidate: ModelVersion) -> list[Any]:
    return [value for _, value in _facts(current)] if current else [NONE for _ in _facts(candidate)]


def _metric_rows(current: ModelVersion | None, candidate: ModelVersion) -> Iterable[Row]:
    """What either package declares; a figure that only one of them gives is no change."""
    before = current.metrics if current else {}
    for name in sorted(set(before) | set(candidate.metrics)):
        was, will_be = _number(before.get(name)), _number(candidate.metrics.get(name))
        if (was, will_be) != (NONE, NONE):
            yield Row(
                f"{name.replace('_', ' ')} (declared)", was, will_be, notable=NONE not in (was, will_be)
            )


def _count(number: int | None) -> str:
    return NONE if number is None else f"{number:,}"


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else NONE
