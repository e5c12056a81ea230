"""Each check finds its fault, and nothing in a subject in good order."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.validation import catalog, verdict
from inference.validation.findings import Status
from inference.validation.subject import Subject
from modelhub.artifacts.types import Note
from tests.unit.inference.validation.subjects import (
    DIGEST,
    NAMES,
    codes,
    good,
    result,
    sample,
    scaler,
    scores,
)

WIDTH = len(NAMES)


def test_a_subject_in_good_order_is_valid_with_a_full_score() -> None:
    report = verdict.examine(good())
    assert (report.is_valid, report.score, report.findings) == (True, 1.0, ())


FAULTS: dict[str, tuple[dict[str, Any], str, str, Status]] = {
    "no safe form": (
        {"files": {"metadata": DIGEST}},
        "package_structure",
        "safe_form_missing",
        Status.FAILED,
    ),
    "no metadata": (
        {"files": {"forest_tables": DIGEST, "original_model": DIGEST}},
        "package_structure",
        "metadata_missing",
        Status.WARNING,
    ),
    "damaged": ({"damaged": frozenset({"metadata"})}, "integrity", "artefact_damaged", Status.FAILED),
    "no manifest": ({"metadata": {}}, "integrity", "manifest_absent", Status.WARNING),
    "another hash": (
        {"metadata": {"deployment_manifest.json": {"file_integrity": {"model.joblib": "b" * 64}}}},
        "integrity",
        "hash_mismatch",
        Status.FAILED,
    ),
    "does not open": ({"problem": "It is cut off."}, "safe_form", "safe_form_unusable", Status.FAILED),
    "cannot score": ({"sample": None}, "estimator", "estimator_unusable", Status.FAILED),
    "not finite": ({"sample": sample(values=[0.4, np.nan])}, "estimator", "scores_not_finite", Status.FAILED),
    "not repeatable": (
        {"sample": sample(values=[0.4, 0.5], again=np.array([0.4, 0.6]))},
        "estimator",
        "scores_not_repeatable",
        Status.FAILED,
    ),
    "another type": (
        {"notes": (Note("model_type_differs", "It says LOF."),)},
        "estimator",
        "model_type_differs",
        Status.WARNING,
    ),
    "fewer names": ({"feature_names": NAMES[:-1]}, "features", "feature_count", Status.FAILED),
    "a name twice": (
        {"feature_names": (*NAMES[:-1], NAMES[0])},
        "features",
        "feature_names_duplicate",
        Status.FAILED,
    ),
    "another order": (
        {"metadata": {"metadata.json": {"training_info": {"feature_names": [*NAMES[::-1]]}}}},
        "features",
        "feature_order",
        Status.FAILED,
    ),
    "other names": (
        {"metadata": {"features.json": ["x", *NAMES[1:]]}},
        "features",
        "feature_names",
        Status.FAILED,
    ),
    "scaler without a number": (
        {"scaler": scaler(spread=np.array([np.nan] + [1.5] * (WIDTH - 1)))},
        "scaler",
        "scaler_not_finite",
        Status.FAILED,
    ),
    "constant column": (
        {"scaler": scaler(constant=np.arange(WIDTH) == 2)},
        "scaler",
        "constant_columns",
        Status.WARNING,
    ),
    "constant scaler": (
        {"scaler": scaler(constant=np.ones(WIDTH, np.bool_))},
        "scaler",
        "scaler_constant",
        Status.FAILED,
    ),
    "fewer rows than columns": (
        {"scaler": scaler(rows=WIDTH - 1)},
        "training_size",
        "training_too_small",
        Status.FAILED,
    ),
    "few rows": ({"scaler": scaler(rows=79)}, "training_size", "training_small", Status.WARNING),
    "fewer rows than a subsample": (
        {"scaler": scaler(rows=255)},
        "training_size",
        "training_small",
        Status.WARNING,
    ),
    "one score for all": (
        {"sample": sample(values=[0.5] * 9)},
        "score_spread",
        "scores_constant",
        Status.FAILED,
    ),
    "narrow": (
        {"sample": sample(values=[0.5, 0.5001])},
        "score_spread",
        "scores_narrow",
        Status.WARNING,
    ),
    "impossible metric": (
        {"metrics": {"recall": 1.2}},
        "declared_metrics",
        "metric_impossible",
        Status.WARNING,
    ),
    "malformed metric": (
        {"metrics": {"recall": "high"}},
        "declared_metrics",
        "metric_malformed",
        Status.WARNING,
    ),
    "worse than chance": (
        {"metrics": {"roc_auc": 0.3}},
        "declared_metrics",
        "metric_below_chance",
        Status.WARNING,
    ),
    "inconsistent": (
        {"metrics": {"precision": 0.5, "recall": 0.5, "f1_score": 0.9}},
        "declared_metrics",
        "metric_inconsistent",
        Status.WARNING,
    ),
    "old": ({"age_days": 200.0}, "age", "model_old", Status.WARNING),
    "from the future": ({"age_days": -3.0}, "age", "trained_in_future", Status.WARNING),
    "newer library": ({"environment": {"sklearn": "2.0.0"}}, "libraries", "library_newer", Status.WARNING),
    "another score": (
        {"sample": sample("probe_rows", expected=scores(193) + 2e-9)},
        "probe_rows",
        "probe_scores_differ",
        Status.FAILED,
    ),
    "another count of scores": (
        {"sample": sample("probe_rows", expected=np.zeros(3))},
        "probe_rows",
        "probe_rows_malformed",
        Status.FAILED,
    ),
    "reference mostly flagged": (
        {"given": sample("reference_rows", values=[0.9] * 60)},
        "reference_data",
        "reference_mostly_flagged",
        Status.WARNING,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_by_its_check(fault: str) -> None:
    fields, name, code, status = FAULTS[fault]
    found = result(good(**fields), name)
    assert code in [finding.code for finding in found.findings]
    assert found.status is status


def test_an_absent_or_null_metric_is_not_given_and_no_finding() -> None:
    for metrics in ({}, {"f1_score": None, "roc_auc": None}):
        found = result(good(metrics=metrics), "declared_metrics")
        assert (found.status, found.figures["given"]) == (Status.NOT_APPLICABLE, {})


def test_twenty_one_rows_for_122_columns_fail() -> None:
    names = tuple(f"c{i}" for i in range(122))
    subject = good(feature_names=names, n_features=122, scaler=None, training_samples=21)
    assert codes(subject, "training_size") == ["training_too_small"]


def test_what_the_scaler_saw_counts_more_than_what_is_declared() -> None:
    found = result(good(training_samples=9_000, scaler=scaler(rows=4)), "training_size")
    assert found.figures["training_samples"] == 4
    assert [f.code for f in found.findings] == ["training_too_small", "training_size_differs"]


def test_probe_scores_within_the_tolerance_pass() -> None:
    close = good(sample=sample("probe_rows", expected=scores(193) + 5e-10))
    assert result(close, "probe_rows").status is Status.PASSED


def test_reference_rows_never_fail_a_version() -> None:
    report = verdict.examine(good(given=sample("reference_rows", values=[9.0] * 500)))
    assert report.is_valid


def test_a_check_that_crashes_is_a_failed_check_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(subject: Subject) -> Any:
        raise KeyError("metadata")

    monkeypatch.setattr(catalog, "CHECKS", (catalog.Check("odd", "Odd", crash),))
    (found,) = catalog.run(good())
    assert (found.status, found.findings[0].code) == (Status.FAILED, "check_impossible")


def test_the_same_subject_gives_the_same_report() -> None:
    subject = good(age_days=400.0, metadata={})
    assert verdict.examine(subject) == verdict.examine(subject)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["recall", "anomaly_count", "training_info", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
FIELDS = (
    "training_info",
    "model_params",
    "feature_names",
    "file_integrity",
    "evaluation_info",
    "anomalies",
    "recall",
    "notes",
)
DOCUMENT = st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=5) | ANYTHING
METADATA = (
    st.dictionaries(
        st.sampled_from(["metadata.json", "deployment_manifest.json", "features.json"]), DOCUMENT, max_size=3
    )
    | ANYTHING
)
METRICS = (
    st.dictionaries(
        st.sampled_from(
            ["score_min", "score_max", "score_mean", "score_std", "anomaly_ratio", "recall", "f1_score"]
        ),
        ANYTHING,
        max_size=7,
    )
    | ANYTHING
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(metadata=METADATA, metrics=METRICS, environment=ANYTHING, with_scores=st.booleans())
def test_metadata_of_any_shape_never_crashes_a_check(
    metadata: Any, metrics: Any, environment: Any, with_scores: bool
) -> None:
    training = scores(100) if with_scores else None
    report = verdict.examine(
        good(metadata=metadata, metrics=metrics, environment=environment, training_scores=training)
    )
    assert "check_impossible" not in {finding.code for finding in report.findings}
    assert 0.0 <= report.score <= 1.0
