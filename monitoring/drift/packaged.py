"""The profile of the training rows as a package brings it: ``reference_profile.json``, two forms.

The full form is ``{"format": "profile-1", "rows": n, "features": {name: {"kind", "points", "counts"}}}`` with
the cells of :class:`~monitoring.drift.bins.Bins`. The short form, ``{"rows": n, "quantiles": [0 … 1],
"features": {name: [value of each quantile]}}``, knows only every thirty-second or so of the rows.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from monitoring.drift.bins import MOST_POINTS, Array, Bins, Counts
from monitoring.drift.profile import Profile

FORMAT = "profile-1"


def to_json(profile: Profile) -> dict[str, Any]:
    """The full form; about 3.6 KB for each continuous column when written without blanks."""
    features = {
        one.name: {"kind": one.kind, "points": one.points.tolist(), "counts": counts.tolist()}
        for one, counts in zip(profile.bins, profile.counts, strict=True)
    }
    return {"format": FORMAT, "rows": profile.rows, "features": features}


def from_json(value: Any) -> Profile:
    """The profile of either form, columns in the order written. Raises ValueError for anything else."""
    try:
        rows, features = int(value["rows"]), dict(value["features"])
        if rows < 0:
            raise ValueError("rows")
        if value.get("format") == FORMAT:
            return _profile([_column(name, given, rows) for name, given in features.items()], rows)
        levels = np.array(value["quantiles"], np.float64)
        # Shares known to a step of 1/32 say no more than about 32² rows would.
        rows = min(rows, (len(levels) - 1) ** 2)
        return _profile([_estimated(name, given, levels, rows) for name, given in features.items()], rows)
    except (KeyError, TypeError, AttributeError, IndexError, OverflowError):
        raise ValueError("this is no profile") from None


def _profile(columns: list[tuple[Bins, Counts]], rows: int) -> Profile:
    return Profile(tuple(bins for bins, _ in columns), [counts for _, counts in columns], rows)


def _column(name: str, given: Mapping[str, Any], rows: int) -> tuple[Bins, Counts]:
    points = np.array(given["points"], np.float64)
    counts = np.array(given["counts"], np.int64)
    if given["kind"] not in ("continuous", "discrete") or not _rises(points):
        raise ValueError("points")
    if counts.shape != (len(points) + 2,) or (counts < 0).any() or counts.sum() != rows:
        raise ValueError("counts")
    return Bins(name, given["kind"], points), counts


def _estimated(name: str, given: list[float], levels: Array, rows: int) -> tuple[Bins, Counts]:
    """Cells between the quantiles. Where several fall on one value, the next smaller number cuts it off."""
    values = np.array(given, np.float64)
    if not _rises(levels) or levels[0] != 0 or levels[-1] != 1 or values.shape != levels.shape:
        raise ValueError("quantiles")
    if not np.isfinite(values).all() or (np.diff(values) < 0).any():
        raise ValueError("quantiles")
    points, shares = [], []
    for value in np.unique(values):
        here = levels[values == value]
        if len(here) > 1:  # the value's share begins and ends somewhere between two levels: in the middle
            points.append(np.nextafter(value, -np.inf))
            shares.append(_middle(levels, here[0], -1))
            shares.append(_middle(levels, here[-1], 1))
        else:
            shares.append(here[0])
        points.append(value)
    upto = np.round(np.array([*shares, 1.0]) * rows).astype(np.int64)
    counts = np.append(np.diff(upto, prepend=0), 0)
    return Bins(name, "continuous", np.array(points)), counts


def _middle(levels: Array, level: float, step: int) -> float:
    place = int(np.searchsorted(levels, level)) + step
    if not 0 <= place < len(levels):
        return float(level)
    return float(level + levels[place]) / 2


def _rises(points: Array) -> bool:
    one_row = points.ndim == 1 and len(points) <= MOST_POINTS
    return one_row and bool(np.isfinite(points).all() and (np.diff(points) > 0).all())
