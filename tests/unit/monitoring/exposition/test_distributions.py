"""Many values in buckets at once: as one by one, as the client library does it."""

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, Histogram

from monitoring.exposition.distributions import spread
from monitoring.exposition.families import SECONDS


@pytest.mark.parametrize("seed", range(5))
def test_many_values_at_once_are_counted_as_the_client_library_counts_each(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = np.concatenate([10 ** random.uniform(-6, 2, 500), SECONDS])  # edges themselves too
    registry = CollectorRegistry()
    library = Histogram("x", "x", buckets=SECONDS, registry=registry)
    for value in values.tolist():
        library.observe(value)
    total, *counts = spread(values, SECONDS)
    told = [sample.value for sample in next(iter(registry.collect())).samples if sample.name == "x_bucket"]
    assert np.cumsum(counts).tolist() == told
    assert total == pytest.approx(registry.get_sample_value("x_sum"))


def test_values_that_are_no_numbers_are_left_out() -> None:
    assert spread(np.array([np.nan, np.inf, 0.5]), [1.0]) == [0.5, 1.0, 0.0]


def test_no_values_are_no_counts() -> None:
    assert spread(np.empty(0), [1.0, 2.0]) == [0.0, 0.0, 0.0, 0.0]
