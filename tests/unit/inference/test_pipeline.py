"""From records and rows to results: order, missing values, and input that cannot be scored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from msgspec import structs

from inference.features import catalog as feature_sets
from inference.features.contract import Matrix
from inference.pipeline import ScoringModel, score_features, score_records
from inference.records import LogRecord
from inference.runtimes.forest import open_forest
from modelhub.artifacts import calibration
from modelhub.errors import Code, InputInvalid
from tests.fitted import forest, tables_of, training_rows

_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_PROGRAMS = ("sshd", "dnsmasq", "hostapd")


def _records(count: int) -> list[LogRecord]:
    return [
        LogRecord(
            message=f"query {number} failed from 10.0.0.{number % 9}" if number % 4 else "lease renewed",
            timestamp=_START + timedelta(seconds=37 * number),
            program=_PROGRAMS[number % 3],
            level="INFO",
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def model() -> ScoringModel:
    """Trained on 300 records of the same kind."""
    feature_set = feature_sets.get("training-service-v1")
    rows = feature_set.extract(_records(300))
    detector, scaler = forest(rows)
    scores = -detector.score_samples(scaler.transform(rows))
    return ScoringModel(
        reference="default:v1",
        digest="0" * 64,
        generation=1,
        runtime=open_forest(tables_of(detector, scaler)),
        feature_set=feature_set,
        feature_names=feature_set.names,
        threshold=float(np.percentile(scores, 90)),
        offset=float(detector.offset_),
        calibration=calibration.from_scores(scores),
    )


def test_the_training_lines_again_give_the_training_share_of_anomalies(model: ScoringModel) -> None:
    batch = score_records(model, _records(300))
    assert batch.verdicts.mean() == pytest.approx(0.1, abs=0.02)
    assert np.array_equal(batch.verdicts, batch.scores > model.threshold)
    assert (batch.severities[batch.verdicts] >= 24).all()


def test_the_order_of_sending_does_not_change_a_records_score(model: ScoringModel) -> None:
    records = _records(60)
    shuffled = np.random.default_rng(4).permutation(60)
    straight = score_records(model, records)
    mixed = score_records(model, [records[i] for i in shuffled])
    assert np.array_equal(mixed.scores, straight.scores[shuffled])
    assert np.array_equal(mixed.features, straight.features[shuffled])


def test_a_record_without_time_or_program_takes_the_median_of_its_batch(model: ScoringModel) -> None:
    records = [*_records(40), structs.replace(_records(1)[0], timestamp=None, program=None)]
    batch = score_records(model, records)
    hour = model.feature_names.index("hour_of_day")
    assert batch.features[-1, hour] == np.median(batch.features[:-1, hour])
    assert batch.imputed == ()


def test_a_column_missing_throughout_is_scored_at_its_training_mean_and_named(model: ScoringModel) -> None:
    batch = score_records(model, [structs.replace(record, timestamp=None) for record in _records(10)])
    assert "hour_of_day" in batch.imputed
    assert model.runtime.center is not None
    hour = model.feature_names.index("hour_of_day")
    assert (batch.features[:, hour] == model.runtime.center[hour]).all()
    assert np.isfinite(batch.scores).all()


def test_without_a_training_mean_a_column_missing_throughout_is_refused(model: ScoringModel) -> None:
    rows = training_rows(100, width=32)
    detector, _ = forest(rows)
    bare = replace(model, runtime=open_forest(tables_of(detector, None)))
    with pytest.raises(InputInvalid) as caught:
        score_records(bare, [structs.replace(record, timestamp=None) for record in _records(3)])
    assert caught.value.code == Code.FEATURES_NOT_FINITE


def test_no_records_give_no_results(model: ScoringModel) -> None:
    assert len(score_records(model, []).scores) == 0


def test_a_version_without_feature_set_scores_rows_but_not_records(model: ScoringModel) -> None:
    bare = replace(model, feature_set=None)
    assert len(score_features(bare, np.zeros((2, 32))).scores) == 2
    with pytest.raises(InputInvalid, match="feature rows"):
        score_records(bare, _records(1))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named_by_row_and_column(model: ScoringModel, value: float) -> None:
    matrix = np.zeros((3, 32))
    matrix[1, 2] = value
    with pytest.raises(InputInvalid, match="Row 1, column minute_of_hour") as caught:
        score_features(model, matrix)
    assert [error.pointer for error in caught.value.errors] == ["/features/1/2"]


def test_finite_values_whose_sum_overflows_are_scored(model: ScoringModel) -> None:
    assert np.isfinite(score_features(model, np.full((2, 32), 1e308)).scores).all()


@pytest.mark.parametrize("shape", [(2, 31), (2, 33), (32,), (1, 2, 32)])
def test_another_number_of_columns_is_refused(model: ScoringModel, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputInvalid, match="needs 32 features"):
        score_features(model, np.zeros(shape))


def test_a_score_that_overflows_is_refused_and_not_reported(model: ScoringModel) -> None:
    class Overflowing:
        """A detector whose distances leave the range of floats."""

        n_features = 32
        center: Matrix | None = None
        spread: Matrix | None = None

        def score(self, features: Matrix) -> Matrix:
            with np.errstate(over="ignore"):
                return np.asarray(np.exp(features.sum(axis=1)))

    with pytest.raises(InputInvalid, match="too large"):
        score_features(replace(model, runtime=Overflowing()), np.full((1, 32), 1e6))


def test_a_feature_set_sees_its_batch_in_time_order(model: ScoringModel) -> None:
    class Watching:
        """A feature set that remembers what it was given."""

        name = "watching"
        names = model.feature_names

        def __init__(self) -> None:
            self.seen: list[LogRecord] = []

        def extract(self, records: Sequence[LogRecord]) -> Matrix:
            self.seen = list(records)
            return np.zeros((len(records), 32))

    watching = Watching()
    records = [*reversed(_records(5)), structs.replace(_records(1)[0], timestamp=None)]
    score_records(replace(model, feature_set=watching), records)
    assert watching.seen == [*_records(5), records[-1]]
