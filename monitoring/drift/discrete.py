"""Two samples of a column with few distinct values: the chi-square test, exact where counts are small."""

import numpy as np

from monitoring.drift import effect, proportions
from monitoring.drift.bins import Array, Bins, Counts
from monitoring.drift.result import Finding, Method

_EXPECTED = 5.0  # rows a cell must lead one to expect (Cochran's rule)


def compare(bins: Bins, reference: Counts, current: Counts) -> Finding:
    """Whether two columns counted by value, missing values left out, have one distribution.

    Cells that lead one to expect fewer than five rows are pooled with the values that the reference never
    saw; two cells that are still small are compared with Fisher's exact test. The effect is Le Cam's
    distance of the pooled cells.
    """
    before, after = reference[:-1], current[:-1]
    n, m = int(before.sum()), int(after.sum())
    if not n or not m:
        return Finding(bins.name, Method.NONE, n, m, why="No value in one of the windows.")
    test, statistic, p_value, apart = _tested(*_pooled(before, after))
    facts = {"psi": effect.population_stability(before, after), "unseen_share": float(after[-1] / m)}
    constant = int((before + after > 0).sum()) == 1
    return Finding(bins.name, test, n, m, statistic, p_value, apart, facts=facts, is_constant=constant)


def _tested(before: Counts, after: Counts) -> tuple[Method, float | None, float, float]:
    """Method, statistic, p value and effect of pooled cells."""
    if len(before) == 1:
        return Method.CHI_SQUARE, 0.0, 1.0, 0.0
    apart, expected = effect.cells_apart(before, after), _expected(before, after)
    if len(before) == 2 and expected.min() < _EXPECTED:
        return Method.FISHER_EXACT, *proportions.fisher(before, after), apart
    statistic = float(((np.stack([before, after]) - expected) ** 2 / expected).sum())
    from scipy.special import chdtrc  # not needed where nothing is compared, see continuous.py

    return Method.CHI_SQUARE, statistic, float(chdtrc(len(before) - 1, statistic)), apart


def _pooled(before: Counts, after: Counts, *, also: int = -1) -> tuple[Counts, Counts]:
    """The used cells, those of few expected rows as one; the cell at place ``also`` is always of them.

    Chosen by the sum of both windows, so that either is as likely to lie above the other (values that the
    reference never saw are in one cell already, because its profile has no cells for them).
    """
    small = _expected(before, after).min(axis=0) < _EXPECTED
    small[also] = True
    small &= (before + after) > 0
    kept = ~small & ((before + after) > 0)
    if not small.any():
        return before[kept], after[kept]
    pool, pool_now = int(before[small].sum()), int(after[small].sum())
    cells, cells_now = np.append(before[kept], pool), np.append(after[kept], pool_now)
    if len(cells) > 2 and _expected(cells, cells_now).min() < _EXPECTED:
        return _pooled(cells, cells_now, also=int(np.argmin((cells + cells_now)[:-1])))
    return cells, cells_now


def _expected(before: Counts, after: Counts) -> Array:
    """Rows expected in each cell if both had one distribution, float64 (2, k)."""
    both = (before + after).astype(np.float64)
    total = both.sum()
    return np.stack([both * (before.sum() / total), both * (after.sum() / total)])
