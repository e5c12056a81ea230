"""The compiled kernel as Python sees it: found, checked against the C text, called by address."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from inference.runtimes.kernel import place


class CForest(ctypes.Structure):
    """``struct forest`` of forest.c."""

    _fields_ = (
        ("nodes", ctypes.c_void_p),
        ("leaf_value", ctypes.c_void_p),
        ("roots", ctypes.c_void_p),
        ("depths", ctypes.c_void_p),
        ("mean", ctypes.c_void_p),
        ("scale", ctypes.c_void_p),
        ("divisor", ctypes.c_double),
        ("n_trees", ctypes.c_uint32),
        ("n_columns", ctypes.c_uint32),
    )


class CLimits(ctypes.Structure):
    """``struct limits`` of judge.c."""

    _fields_ = (
        ("knots", ctypes.c_void_p),
        ("logs", ctypes.c_void_p),
        ("n_knots", ctypes.c_int64),
        ("decades_per_score", ctypes.c_double),
        ("points_per_decade", ctypes.c_double),
        ("most_points", ctypes.c_double),
        ("threshold", ctypes.c_double),
        ("offset", ctypes.c_double),
    )


@dataclass(frozen=True, slots=True)
class Kernel:
    """The functions of one loaded library.

    ``one`` (forest, row) answers an exponent. ``few`` and ``many`` (forest, rows, n_rows, exponents)
    do the same work; ``many`` lets other Python threads run meanwhile, which costs a short call more
    than the call itself. ``read_rows`` and ``read_many_rows`` (text, length, width, below, n_rows, rows)
    are ``rows_read`` of rows.c, apart in the same way; ``begun`` (text, length) is its ``rows_begun``.
    ``judge`` (limits, scores, n_scores, severities, labels, verdicts) is ``scores_judged`` of judge.c.
    """

    one: Callable[..., float]
    few: Callable[..., int]
    many: Callable[..., int]
    read_rows: Callable[..., int]
    read_many_rows: Callable[..., int]
    begun: Callable[..., int]
    judge: Callable[..., int]
    compiler: str


@cache
def present() -> Kernel | None:
    """The kernel that fits this text and machine, or None: not compiled here, or not loadable."""
    path = place.library()
    return load(path) if path.is_file() else None


def load(path: Path) -> Kernel | None:
    """The kernel in the file, or None where it cannot be loaded or was made from another text."""
    try:
        holding, releasing = ctypes.PyDLL(str(path)), ctypes.CDLL(str(path))
        if _told(holding.forest_source) != place.source_digest():
            return None
        one, few, many = holding.forest_exponent, holding.forest_exponents, releasing.forest_exponents
        read_rows, read_many_rows, begun = holding.rows_read, releasing.rows_read, holding.rows_begun
        judge = holding.scores_judged
        compiler = _told(holding.forest_compiler)
    except (OSError, AttributeError):
        return None
    one.argtypes, one.restype = (ctypes.c_void_p, ctypes.c_void_p), ctypes.c_double
    for function in (few, many):
        function.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)
        function.restype = ctypes.c_int
    for function in (read_rows, read_many_rows):
        function.argtypes = (
            *(ctypes.c_char_p, ctypes.c_int64, ctypes.c_int64),
            *(ctypes.c_double, ctypes.c_int64, ctypes.c_void_p),
        )
        function.restype = ctypes.c_int
    begun.argtypes, begun.restype = (ctypes.c_char_p, ctypes.c_int64), ctypes.c_int64
    judge.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64, *(ctypes.c_void_p,) * 3)
    judge.restype = ctypes.c_int64
    return Kernel(one, few, many, read_rows, read_many_rows, begun, judge, compiler)


def _told(function: Callable[[], bytes | None]) -> str:
    function.restype = ctypes.c_char_p  # type: ignore[attr-defined]
    return (function() or b"").decode("ascii", "replace").strip()
