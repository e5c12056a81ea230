"""The window alone does what river's ADWIN does."""

import numpy as np
import pytest
from river.drift import ADWIN

from monitoring.drift.adwin import Adwin


@pytest.mark.parametrize("clock", [1, 32])
@pytest.mark.parametrize("delta", [0.002, 1e-5])
def test_it_follows_river_value_by_value(delta: float, clock: int) -> None:
    random = np.random.default_rng(4)
    values = np.concatenate([random.normal(centre, 0.05, 400) for centre in (0.3, 0.6, 0.6, 0.2)])
    known, ours = ADWIN(delta=delta, clock=clock), Adwin(delta=delta, clock=clock)  # type: ignore[no-untyped-call]
    told = []
    for value in np.clip(values, 0, 1).tolist():
        known.update(value)  # type: ignore[no-untyped-call]
        ours.update(value)
        told.append(ours.drift_detected)
        expected = (bool(known.drift_detected), known.width, known.estimation)
        assert (ours.drift_detected, ours.width, ours.estimation) == expected
    assert sum(told) >= 2
