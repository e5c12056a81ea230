from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhub.artifacts.threshold import resolve
from modelhub.artifacts.types import PackageForm, PackageMetadata

RANGE = {"score_min": 0.38, "score_max": 0.65, "threshold_value": 0.52}
DECLARED = PackageMetadata(
    PackageForm.DEPLOYMENT, "v1", (), threshold=0.52, threshold_source="manifest", metrics=RANGE
)


def test_a_plausible_declared_threshold_stands_with_its_source() -> None:
    resolved = resolve(DECLARED, -0.5)
    assert (resolved.value, resolved.source, resolved.notes) == (0.52, "manifest", ())


def test_without_a_declared_one_the_detectors_own_is_used() -> None:
    resolved = resolve(replace(DECLARED, threshold=None, threshold_source=""), -0.5)
    assert (resolved.value, resolved.source, resolved.notes) == (0.5, "offset", ())


@pytest.mark.parametrize(
    ("threshold", "metrics", "code"),
    [
        (-0.4208, {"score_min": 0.35, "score_max": 0.6}, "threshold_sign"),  # the wrong tail, as once shipped
        (-0.52, {}, "threshold_sign"),
        (-0.52, {"score_min": -0.65, "score_max": -0.38}, "threshold_sign"),
        (0.1, RANGE, "threshold_suspect"),
        (0.9, RANGE, "threshold_suspect"),
        (0.52, {"score_min": -0.65, "score_max": -0.38}, "threshold_suspect"),
    ],
)
def test_a_threshold_that_contradicts_its_scores_is_replaced_and_noted(
    threshold: float, metrics: dict[str, float | None], code: str
) -> None:
    resolved = resolve(replace(DECLARED, threshold=threshold, metrics=metrics), -0.5)
    assert (resolved.value, resolved.source) == (0.5, "offset")
    assert [note.code for note in resolved.notes] == [code]


def test_a_detector_with_negative_scores_keeps_its_negative_threshold() -> None:
    metrics = {"score_min": -9.0, "score_max": -1.0}
    assert resolve(replace(DECLARED, threshold=-2.0, metrics=metrics), 3.0).value == -2.0
    assert resolve(replace(DECLARED, threshold=-2.0, metrics={}), 3.0).value == -2.0


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0, 10), st.floats(-10, 10))
def test_the_answer_is_the_declared_one_inside_the_range_or_the_offset(
    threshold: float, low: float, width: float, offset: float
) -> None:
    metrics = {"score_min": low, "score_max": low + width}
    resolved = resolve(replace(DECLARED, threshold=threshold, metrics=metrics), offset)
    if resolved.source == "offset":
        assert resolved.value == -offset
        assert resolved.notes
    else:
        assert resolved.value == threshold
        assert low - 1e-6 <= threshold <= low + width + 1e-6
