"""Two samples of a continuous column: Kolmogorov and Smirnov's test on their profiles."""

import math

import numpy as np

from monitoring.drift import effect
from monitoring.drift.bins import Bins, Counts
from monitoring.drift.result import Finding, Method


def compare(bins: Bins, reference: Counts, current: Counts) -> Finding:
    """Whether two columns counted in the same cells, missing values left out, have one distribution.

    D is the largest difference of the distribution functions at the edges, at most what it is between them,
    so the p value errs on the side of no drift. p by Kolmogorov's limit with nm / (n + m) rows and Stephens'
    correction for few. The effect is D.
    """
    before, after = reference[:-1], current[:-1]
    n, m = int(before.sum()), int(after.sum())
    if not n or not m:
        return Finding(bins.name, Method.NONE, n, m, why="No value in one of the windows.")
    first, second = np.cumsum(before) / n, np.cumsum(after) / m
    distance = float(np.abs(first - second).max())
    rows = math.sqrt(n * m / (n + m))
    # A serving process holds windows and never compares them: it is a third smaller without scipy.
    from scipy.special import kolmogorov

    p_value = float(kolmogorov((rows + 0.12 + 0.11 / rows) * distance))
    facts = {"psi": effect.population_stability(before, after)}
    moved = effect.wasserstein(bins.points, first[:-1], second[:-1])
    if moved is not None:
        facts["wasserstein"] = moved
    constant = int((before + after > 0).sum()) <= 1
    return Finding(
        bins.name,
        Method.KOLMOGOROV_SMIRNOV,
        n,
        m,
        statistic=distance,
        p_value=p_value,
        effect=distance,
        facts=facts,
        is_constant=constant,
    )
