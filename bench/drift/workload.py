"""The same two windows for every engine: 32 columns of the kinds that logs give, four of them moved."""

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

REFERENCE, CURRENT, COLUMNS = 1_000_000, 100_000, 32
NAMES = [f"column_{place:02d}" for place in range(COLUMNS)]
MOVED = (0, 9, 17, 25)  # one of each kind, by as much as a person would call a change


def reference() -> Matrix:
    """The million rows that are the usual, float64 (1,000,000, 32)."""
    return _columns(np.random.default_rng(1), REFERENCE)


def current() -> Matrix:
    """The rows to be checked, float64 (100,000, 32)."""
    rows = _columns(np.random.default_rng(2), CURRENT)
    rows[:, MOVED[0]] += 0.3
    rows[:, MOVED[1]] *= 1.25
    rows[:, MOVED[2]] *= 1.6
    rows[:, MOVED[3]] += np.random.default_rng(3).random(CURRENT) < 0.3
    return rows


def _columns(random: np.random.Generator, rows: int) -> Matrix:
    """Eight each: normal; skewed below zero; mostly zero, else skewed; counts and flags."""
    matrix = np.empty((rows, COLUMNS))
    for place in range(8):
        matrix[:, place] = random.normal(size=rows)
        matrix[:, 8 + place] = -random.gamma(1 + place / 2, size=rows)
        matrix[:, 16 + place] = np.where(random.random(rows) < 0.6, 0, random.lognormal(size=rows))
        counts = random.poisson(0.5 * 2**place, rows) if place < 6 else random.random(rows) < 0.1 * place
        matrix[:, 24 + place] = counts
    return matrix
