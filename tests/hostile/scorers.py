"""Scorers for the probe child that misbehave, standing in for a served form gone wrong."""

import ctypes
import itertools
import time
from typing import Any

import numpy as np

from tests.unit.modelhub.artifacts.quarantine.scorers import score_safe_form

_CALLS = itertools.count()


def _rehearsing(features: Any) -> bool:
    """The first call is the warm-up on the child's own sample."""
    return len(features) == 1


def crash(blobs: Any, features: Any) -> Any:
    """Dies as native code does on a bad index."""
    if not _rehearsing(features):
        ctypes.string_at(0)
    return np.zeros(len(features))


def hang(blobs: Any, features: Any) -> Any:
    """Never answers."""
    while not _rehearsing(features):
        time.sleep(0.1)
    return np.zeros(1)


def raise_error(blobs: Any, features: Any) -> Any:
    """Fails at predict."""
    if not _rehearsing(features):
        raise ValueError
    return np.zeros(1)


def not_a_number(blobs: Any, features: Any) -> Any:
    """Answers NaN."""
    return np.full(len(features), np.nan)


def moody(blobs: Any, features: Any) -> Any:
    """Answers something else every time."""
    return np.full(len(features), float(next(_CALLS)))


def slightly_off(blobs: Any, features: Any) -> Any:
    """Off by 1e-6: inside float32, outside the parity bound."""
    return score_safe_form(blobs, features) + 1e-6


def short(blobs: Any, features: Any) -> Any:
    """One score too few."""
    return score_safe_form(blobs, features)[:-1]
