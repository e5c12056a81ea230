"""Made-up windows: columns of every kind, scores below zero, a rate; equal, or with something planted."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from monitoring.drift.comparison import Sample, compare
from monitoring.drift.profile import Profile
from monitoring.drift.result import DriftResult

Matrix = npt.NDArray[np.float64]
Random = np.random.Generator
THRESHOLD = -0.3


def columns(random: Random, rows: int) -> Matrix:
    """Twenty columns: normal, skewed below zero, counts, flags, waiting times, atoms, rounded, missing."""
    drawn: list[npt.NDArray[Any]] = [random.normal(size=rows) for _ in range(5)]
    drawn += [-random.gamma(2, size=rows) for _ in range(3)]
    drawn += [random.poisson(rate, rows) for rate in (0.3, 2, 8, 40)]
    drawn += [random.random(rows) < share for share in (0.5, 0.05, 0.004)]
    drawn += [random.geometric(share, rows) for share in (0.3, 0.02)]
    drawn.append(np.where(random.random(rows) < 0.7, 0, random.lognormal(size=rows)))
    drawn.append(np.round(random.normal(size=rows), 1))
    drawn.append(np.where(random.random(rows) < 0.1, np.nan, random.normal(size=rows)))
    return np.column_stack(drawn).astype(np.float64)


def scores(random: Random, rows: int) -> Matrix:
    """Scores between -1 and 0, of which about 8 % are above the threshold."""
    return -random.beta(5, 5, rows)


def learned(features: Matrix, values: Matrix) -> Sample:
    """The reference window, in bins that fit it."""
    names = [f"c{place}" for place in range(features.shape[1])]
    profile = Profile.learn(features, names)
    return Sample(profile, Profile.learn(values[:, None], ["score"]), _anomalies(values), len(values))


def counted(reference: Sample, features: Matrix, values: Matrix) -> Sample:
    """Another window, counted in the bins of the reference."""
    assert reference.features is not None
    assert reference.scores is not None
    return Sample(
        reference.features.empty().add(features),
        reference.scores.empty().add(values[:, None]),
        _anomalies(values),
        len(values),
    )


def compared(
    random: Random,
    *,
    before: int = 1_000,
    after: int = 1_000,
    plant: Callable[[Matrix], None] = lambda rows: None,
    plant_scores: Callable[[Matrix], Matrix] = lambda values: values,
    calendar: Sequence[str] = (),
) -> DriftResult:
    """The comparison of two windows of one world, the second changed by ``plant`` and ``plant_scores``."""
    reference = learned(columns(random, before), scores(random, before))
    rows = columns(random, after)
    plant(rows)
    current = counted(reference, rows, plant_scores(scores(random, after)))
    return compare(reference, current, calendar=calendar)


def _anomalies(values: Matrix) -> int:
    return int((values > THRESHOLD).sum())
