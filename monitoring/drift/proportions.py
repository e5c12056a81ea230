"""Two shares, such as anomaly rates: the two-proportion test, Fisher's exact one where counts are small."""

import math

import numpy as np

from monitoring.drift import effect
from monitoring.drift.bins import Counts
from monitoring.drift.result import Finding, Method

_EXPECTED = 5.0


def compare(name: str, reference: tuple[int, int], current: tuple[int, int]) -> Finding:
    """Whether (hits, rows) of both windows have one rate; zero hits on either side are as good as any.

    The z test with a pooled rate needs five hits and five others to be expected on each side; otherwise the
    test is exact. The effect is Le Cam's distance, 1 for 0 % against 100 %.
    """
    (hits, n), (hits_now, m) = reference, current
    if not n or not m:
        return Finding(name, Method.NONE, n, m, why="No record in one of the windows.")
    before, after = np.array([hits, n - hits]), np.array([hits_now, m - hits_now])
    apart = effect.cells_apart(before, after)
    facts = {"before": hits / n, "after": hits_now / m, "change": hits_now / m - hits / n}
    rate = (hits + hits_now) / (n + m)
    constant = rate in (0.0, 1.0)
    if constant:
        return Finding(name, Method.TWO_PROPORTIONS, n, m, 0.0, 1.0, 0.0, facts=facts, is_constant=True)
    if min(n, m) * min(rate, 1 - rate) < _EXPECTED:
        odds, p_value = fisher(before, after)
        return Finding(name, Method.FISHER_EXACT, n, m, odds, p_value, apart, facts=facts)
    z = (hits_now / m - hits / n) / math.sqrt(rate * (1 - rate) * (1 / n + 1 / m))
    from scipy.special import ndtr  # not needed where nothing is compared, see continuous.py

    p_value = float(2 * ndtr(-abs(z)))
    return Finding(name, Method.TWO_PROPORTIONS, n, m, z, p_value, apart, facts=facts)


def fisher(before: Counts, after: Counts) -> tuple[float | None, float]:
    """Odds ratio (None where it is not finite) and two-sided p value of Fisher's test on 2 × 2 counts."""
    from scipy.stats import fisher_exact  # the largest part of scipy, for the rarest of cases

    found = fisher_exact(np.stack([before, after]))
    odds = float(found.statistic)
    return odds if math.isfinite(odds) else None, float(min(found.pvalue, 1.0))
