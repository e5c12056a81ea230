"""The claims that structural checks are made of; each raises StructureFault when it does not hold."""

from typing import Any

import numpy as np


class StructureFault(Exception):
    """An array or number that cannot belong to a whole model."""


def require(claim: Any) -> None:
    """``claim`` holds."""
    if not bool(claim):
        raise StructureFault


def natural(value: Any, *, least: int = 0) -> int:
    """``value`` is a plain integer of at least ``least``; returns it."""
    require(type(value) is int and value >= least)
    return int(value)


def number(value: Any) -> float:
    """``value`` is a finite number, not a truth value; returns it."""
    require(isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value))
    return float(value)


def array(value: Any, shape: tuple[int | None, ...], *, kinds: str = "f") -> np.ndarray[Any, Any]:
    """``value`` is a finite array of this shape (None = any length) and kind of dtype; returns it."""
    require(isinstance(value, np.ndarray) and value.dtype.kind in kinds and value.ndim == len(shape))
    require(all(wanted is None or wanted == got for wanted, got in zip(shape, value.shape, strict=True)))
    require(np.isfinite(value).all())
    return np.asarray(value)
