"""Two samples of a column with few distinct values: the chi-square test, exact where counts are small."""

import numpy as np
from scipy.special import chdtrc

from monitoring.drift import effect, proportions
from monitoring.drift.bins import Array, Bins, Counts
from monitoring.drift.result import Test, TestResult

_RARE = 4  # values seen so often or less in the reference are taken together with the unseen ones
_EXPECTED = 5.0  # rows a cell must lead one to expect (Cochran's rule)


def compare(bins: Bins, reference: Counts, current: Counts) -> TestResult:
    """Whether two columns counted by value, missing values left out, have one distribution.

    Cells that lead one to expect fewer than five rows are pooled; two cells that are still small are compared
    with Fisher's exact test. The effect is Le Cam's distance of the pooled cells.
    """
    n, m = int(reference[:-1].sum()), int(current[:-1].sum())
    if not n or not m:
        return TestResult(bins.name, Test.NONE, n, m, why="No value in one of the windows.")
    facts = {
        "psi": effect.population_stability(reference[:-1], current[:-1]),
        "unseen_share": float(current[-2] / m),
    }
    before, after = _rare_together(reference[:-1], current[:-1])
    before, after = _small_together(before, after)
    if len(before) == 1:
        return TestResult(
            bins.name,
            Test.CHI_SQUARE,
            n,
            m,
            0.0,
            1.0,
            0.0,
            facts=facts,
            is_constant=_constant(reference, current),
        )
    apart = effect.cells_apart(before, after)
    if len(before) == 2 and _expected(before, after).min() < _EXPECTED:
        odds, p_value = proportions.fisher(before, after)
        return TestResult(bins.name, Test.FISHER_EXACT, n, m, odds, p_value, apart, facts=facts)
    expected = _expected(before, after)
    statistic = float(((np.stack([before, after]) - expected) ** 2 / expected).sum())
    p_value = float(chdtrc(len(before) - 1, statistic))
    return TestResult(bins.name, Test.CHI_SQUARE, n, m, statistic, p_value, apart, facts=facts)


def _rare_together(before: Counts, after: Counts) -> tuple[Counts, Counts]:
    """The cells of frequent values, and one for values that are rare or unseen in the reference.

    The cells were learned from the reference, so it has no unseen value by construction, the current window
    has. Good and Turing's remedy is to ask of each row what the others know of its value: a row whose value
    was seen r times is one whose value the others saw r - 1 times. So the reference's rows of values seen up
    to five times answer to the current rows of values seen up to four times.
    """
    values = before[:-1]
    rare = values <= _RARE
    seen_so = int(values[values <= _RARE + 1].sum())
    rest = int(after[:-1][rare].sum() + after[-1])
    return np.append(values[~rare], seen_so), np.append(after[:-1][~rare], rest)


def _small_together(before: Counts, after: Counts) -> tuple[Counts, Counts]:
    used = (before + after) > 0
    before, after = before[used], after[used]
    small = _expected(before, after).min(axis=0) < _EXPECTED
    if small.sum() < 2:
        if not small.any() or len(before) <= 2:
            return before, after
        # One small cell alone joins the least of the others.
        small[np.argmin(np.where(small, np.iinfo(np.int64).max, before + after))] = True
    pooled = np.append(before[~small], before[small].sum()), np.append(after[~small], after[small].sum())
    return pooled if len(pooled[0]) <= 2 else _small_together(*pooled)


def _expected(before: Counts, after: Counts) -> Array:
    """Rows expected in each cell if both had one distribution, float64 (2, k)."""
    both = (before + after).astype(np.float64)
    total = both.sum()
    return np.stack([both * (before.sum() / total), both * (after.sum() / total)])


def _constant(reference: Counts, current: Counts) -> bool:
    return int((reference[:-1] + current[:-1] > 0).sum()) <= 1
