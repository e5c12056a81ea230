"""How far two distributions are apart, on one scale from 0 to 1 for any number of rows."""

import numpy as np

from monitoring.drift.bins import Array, Counts


def cells_apart(reference: Counts, current: Counts) -> float:
    """Le Cam's distance of two rows of cell counts: 0 for equal shares, 1 where no cell is shared.

    The root of half the triangular discrimination, sum (p - q)² / (p + q) / 2, less what chance adds to it on
    average, (k - 1) / 4 · (1/n + 1/m). Two cells that swap 5 % of the rows around one half are 0.05 apart; an
    event that appears in half a per cent of the rows is, too.
    """
    n, m = int(reference.sum()), int(current.sum())
    if not n or not m:
        return 0.0
    p, q = reference / n, current / m
    used = (p + q) > 0
    discrimination = float(((p[used] - q[used]) ** 2 / (p[used] + q[used])).sum()) / 2
    chance = (int(used.sum()) - 1) / 4 * (1 / n + 1 / m)
    return float(np.sqrt(np.clip(discrimination - chance, 0.0, 1.0)))


def population_stability(reference: Counts, current: Counts, *, groups: int = 10) -> float:
    """Population stability index over about ``groups`` neighbouring cells of equal reference share.

    Sum (q - p) ln(q / p), half a row added to each group so that an empty one does not divide. Customary
    reading: below 0.1 stable, above 0.25 changed.
    """
    upto = np.cumsum(reference)
    if not upto.size or not upto[-1] or not current.sum():
        return 0.0
    group = np.minimum((upto - reference / 2) * groups // upto[-1], groups - 1).astype(np.int64)
    before = np.bincount(group, reference, minlength=groups)
    after = np.bincount(group, current, minlength=groups)
    used = (before + after) > 0
    p = (before[used] + 0.5) / (before[used] + 0.5).sum()
    q = (after[used] + 0.5) / (after[used] + 0.5).sum()
    return float(((q - p) * np.log(q / p)).sum())


def wasserstein(points: Array, reference: Array, current: Array) -> float | None:
    """Area between two distribution functions, in standard deviations of the first.

    Both are float64 (k,), given at ascending ``points`` and linear between them. What lies beyond the
    outermost counts as lying on them: a lower bound for values never seen before. None where the reference
    has no spread.
    """
    if len(points) < 2:
        return None
    widths = np.diff(points)
    shares = np.diff(reference)
    middles = (points[1:] + points[:-1]) / 2
    total = float(shares.sum())
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float((shares * middles).sum()) / total if total else 0.0
        spread = float(np.sqrt((shares * (middles - mean) ** 2).sum() / total)) if total else 0.0
        apart = np.abs(reference - current)
        area = float(((apart[1:] + apart[:-1]) / 2 * widths).sum())
        answer = area / spread if spread > 0 else float("nan")
    return answer if np.isfinite(answer) else None
