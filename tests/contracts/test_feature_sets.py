"""What every feature set must keep, whatever its columns mean."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from inference.features.catalog import all_feature_sets, identify
from inference.features.contract import FeatureSet
from inference.records import LogRecord

T0 = datetime(2024, 1, 6, 12, tzinfo=UTC)
BATCH = [
    LogRecord("AP-STA-CONNECTED 02:11:22:33:44:55", T0, "hostapd", "INFO", "gw"),
    LogRecord("", T0 + timedelta(seconds=1), None, None),
    LogRecord("\ud800 \x00 ÄÖ ١٢ " + "x" * 70_000, T0 + timedelta(seconds=2), "", "odd"),
    LogRecord("login failed from 1.2.3.4", None, "sshd", "ERROR"),
    LogRecord("far", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "sshd", "ERROR"),
]

pytestmark = pytest.mark.parametrize("feature_set", all_feature_sets(), ids=lambda each: each.name)


def test_one_row_per_record_one_column_per_name(feature_set: FeatureSet) -> None:
    for batch in ([], BATCH[:1], BATCH, BATCH * 60):
        matrix = feature_set.extract(batch)
        assert matrix.shape == (len(batch), len(feature_set.names))
        assert matrix.dtype == np.float64


def test_values_are_finite_or_missing(feature_set: FeatureSet) -> None:
    assert not np.isinf(feature_set.extract(BATCH)).any()


def test_the_same_batch_gives_the_same_matrix_and_stays_as_it_is(feature_set: FeatureSet) -> None:
    batch = list(BATCH)
    np.testing.assert_array_equal(feature_set.extract(batch), feature_set.extract(batch))
    assert batch == BATCH


def test_names_are_unique_and_identify_the_set(feature_set: FeatureSet) -> None:
    assert len(set(feature_set.names)) == len(feature_set.names)
    assert identify(feature_set.names) == feature_set.name
