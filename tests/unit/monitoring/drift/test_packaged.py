"""The profile as a package brings it."""

import json

import numpy as np
import pytest

from monitoring.drift import continuous, packaged
from monitoring.drift.profile import Profile
from tests.unit.monitoring.drift.windows import columns

QUANTILES = [step / 32 for step in range(33)]


def test_the_full_form_comes_back_as_it_was() -> None:
    rows = columns(np.random.default_rng(1), 2_000)
    profile = Profile.learn(rows, [f"c{place}" for place in range(rows.shape[1])])
    again = packaged.from_json(json.loads(json.dumps(packaged.to_json(profile), allow_nan=False)))
    assert again.bins_digest == profile.bins_digest
    assert [counts.tolist() for counts in again.counts] == [counts.tolist() for counts in profile.counts]


def test_quantiles_alone_raise_no_alarm_on_equal_data() -> None:
    random = np.random.default_rng(2)
    rows, later = (
        np.column_stack([random.normal(size=5_000), random.random(5_000) < 0.47, random.poisson(2, 5_000)])
        for _ in range(2)
    )
    values = np.quantile(rows, QUANTILES, axis=0)
    written = {
        "rows": 5_000,
        "quantiles": QUANTILES,
        "features": {"a": values[:, 0].tolist(), "b": values[:, 1].tolist(), "c": values[:, 2].tolist()},
    }
    profile = packaged.from_json(written)
    now = profile.empty().add(later.astype(float))
    for bins, before, after in zip(profile.bins, profile.counts, now.counts, strict=True):
        found = continuous.compare(bins, before, after)
        assert found.effect is not None
        assert found.effect < 0.05


def test_quantiles_alone_find_a_constant_that_changed_either_way() -> None:
    profile = packaged.from_json({"rows": 900, "quantiles": QUANTILES, "features": {"a": [5.0] * 33}})
    for value in (4.0, 6.0):
        now = profile.empty().add(np.full((1_000, 1), value))
        assert continuous.compare(profile.bins[0], profile.counts[0], now.counts[0]).effect == 1.0


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"rows": 3},
        {"rows": 3, "features": {"a": [1, 2]}, "quantiles": [0, 0.5, 1]},
        {"rows": 3, "features": {"a": [3, 2, 1]}, "quantiles": [0, 0.5, 1]},
        {"rows": 3, "features": {"a": ["x", 2, 1]}, "quantiles": [0, 0.5, 1]},
        {"rows": 3, "features": {"a": {}}, "format": "profile-1"},
        {
            "rows": 3,
            "features": {"a": {"kind": "odd", "points": [], "counts": [3, 0]}},
            "format": "profile-1",
        },
        {
            "rows": 3,
            "features": {"a": {"kind": "discrete", "points": [1], "counts": [1, 1, 0]}},
            "format": "profile-1",
        },
        {
            "rows": 1,
            "features": {"a": {"kind": "discrete", "points": [2, 1], "counts": [1, 0, 0, 0]}},
            "format": "profile-1",
        },
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (whatever it says, it is caught as one)
        packaged.from_json(value)
