"""The latency histogram against the exact values."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.metering.histogram import Histogram, edges

SECONDS = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=300)
SHARES = (0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 1.0)


def of(seconds: list[float]) -> Histogram:
    histogram = Histogram()
    histogram.add(np.array(seconds))
    return histogram


@settings(max_examples=200, deadline=None)
@given(SECONDS)
def test_quantiles_are_within_five_percent_of_the_exact_ones(seconds: list[float]) -> None:
    histogram = of(seconds)
    for share in SHARES:
        exact = float(np.quantile(seconds, share, method="inverted_cdf"))
        assert histogram.quantile(share) == pytest.approx(exact, rel=0.05)


@settings(max_examples=50, deadline=None)
@given(SECONDS, SECONDS)
def test_merging_is_the_same_as_counting_together(one: list[float], other: list[float]) -> None:
    merged = of(one)
    merged.merge(of(other))
    assert merged.to_json() == of(one + other).to_json()


@settings(max_examples=50, deadline=None)
@given(SECONDS)
def test_the_stored_form_is_read_back_as_it_was(seconds: list[float]) -> None:
    histogram = of(seconds)
    assert Histogram.from_json(histogram.to_json()).to_json() == histogram.to_json()
    assert Histogram.from_text(json.dumps(histogram.to_json())).to_json() == histogram.to_json()


def test_values_lie_in_their_cell() -> None:
    for seconds in np.geomspace(1e-6, 1e3, 500).tolist():
        ((low, high, count),) = of([seconds]).cells()
        assert low <= seconds < high
        assert count == 1


def test_cells_join_without_gap() -> None:
    for cell in range(-320, 159):
        assert edges(cell)[1] == edges(cell + 1)[0]


def test_what_is_out_of_range_counts_in_the_outermost_cell() -> None:
    assert of([0.0, 1e-9, 1e6]).to_json() == {"-320": 2, "159": 1}


def test_nothing_counted_has_no_quantile() -> None:
    assert Histogram().quantile(0.5) is None


@pytest.mark.parametrize("stored", [[], {"a": 1}, {"1": -1}, {"1": 0.5}, {"4000": 1}, None])
def test_a_damaged_form_is_refused(stored: object) -> None:
    with pytest.raises(ValueError, match="histogram"):
        Histogram.from_json(stored)
    with pytest.raises(ValueError, match="histogram"):
        Histogram.from_text(json.dumps(stored))


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="histogram"):
        Histogram.from_text('{"1": ')
