"""A threshold that flags most of the training rows is found, whatever the package says of itself."""

from typing import Any

import numpy as np
import pytest

from inference.validation.findings import Status
from inference.validation.subject import Subject
from modelhub.artifacts.types import Note
from tests.unit.inference.validation.subjects import codes, good, result, sample, scores

TRAINING = scores()
WRONG_TAIL = float(np.percentile(TRAINING, 10))  # the 90th percentile of score_samples, sign corrected


def unlabelled(**fields: Any) -> Subject:
    """A subject whose threshold stands at the wrong tail."""
    return good(**({"threshold": WRONG_TAIL} | fields))


def test_a_wrong_tail_fails_on_calibration_scores() -> None:
    assert codes(unlabelled(), "threshold") == ["threshold_flags_most"]
    assert result(unlabelled(), "threshold").figures["implied_alert_rate"] == pytest.approx(0.9)


def test_a_wrong_tail_fails_on_statistics_alone() -> None:
    found = result(unlabelled(training_scores=None), "threshold")
    assert [f.code for f in found.findings] == ["threshold_flags_most"]
    assert found.figures["evidence"] == "score_statistics"


def test_a_threshold_below_every_declared_score_flags_all() -> None:
    subject = good(threshold=-0.46, training_scores=None)
    assert result(subject, "threshold").figures["implied_alert_rate"] == 1.0


def test_below_every_ordinary_row_fails_where_nothing_is_known_of_training() -> None:
    subject = good(threshold=0.1, training_scores=None, metrics={}, sample=sample())
    assert codes(subject, "threshold") == ["threshold_flags_most"]


def test_rows_made_from_the_scaler_alone_fail_nothing() -> None:
    """All far rows are above the detector's own threshold too: that says nothing of training rows."""
    subject = good(training_scores=None, metrics={}, sample=sample(values=np.linspace(0.8, 0.9, 50)))
    assert result(subject, "threshold").status is Status.PASSED


def test_the_detectors_own_cut_flags_its_contamination() -> None:
    metadata = {"metadata.json": {"model_params": {"contamination": 0.05}}}
    figures = result(good(training_scores=None, metrics={}, metadata=metadata), "threshold").figures
    assert (figures["implied_alert_rate"], figures["evidence"]) == (0.05, "contamination")


def test_a_threshold_above_every_score_warns() -> None:
    assert codes(good(threshold=2.0), "threshold") == ["threshold_flags_none"]


@pytest.mark.parametrize("share", [60, 68])
def test_more_than_three_in_ten_warn(share: int) -> None:
    subject = good(threshold=float(np.percentile(TRAINING, share)))
    assert codes(subject, "threshold") == ["threshold_flags_many"]


def test_a_threshold_that_the_import_replaced_is_a_warning() -> None:
    found = result(good(notes=(Note("threshold_sign", "It was negative."),)), "threshold")
    assert (found.status, [f.code for f in found.findings]) == (Status.WARNING, ["threshold_sign"])


def test_statistics_in_the_space_of_score_samples_are_turned_round() -> None:
    metrics = {
        "score_min": -float(TRAINING.max()),
        "score_max": -float(TRAINING.min()),
        "score_mean": -float(TRAINING.mean()),
        "score_std": float(TRAINING.std()),
    }
    notes = (Note("threshold_sign", "It was negative."),)
    found = result(
        good(training_scores=None, metrics=metrics, notes=notes, threshold_source="offset"), "threshold"
    )
    assert found.status is Status.WARNING
    assert found.figures["implied_alert_rate"] == pytest.approx(0.1, abs=0.03)


def recorded(count: int, **fields: Any) -> Subject:
    """18 of 21: the trainer counted anomalies at the wrong tail."""
    metadata = {"metadata.json": {"evaluation": {"p90": {"anomaly_count": count, "recall": 1.0}}}}
    return good(metadata=metadata, training_samples=21, **fields)


def test_recorded_counts_that_contradict_the_ratio_warn_where_the_threshold_is_another() -> None:
    assert codes(recorded(18, threshold_source="offset"), "threshold") == ["recorded_counts"]
    assert result(recorded(18, threshold_source="offset"), "threshold").status is Status.WARNING


def test_recorded_counts_of_most_rows_fail_the_declared_threshold() -> None:
    assert result(recorded(18), "threshold").status is Status.FAILED


def test_recorded_counts_that_agree_with_the_ratio_are_no_finding() -> None:
    assert codes(recorded(2), "threshold") == []


def test_a_perfect_recall_on_labels_made_from_the_scores_warns() -> None:
    assert codes(recorded(2), "declared_metrics") == ["metric_tautological"]
