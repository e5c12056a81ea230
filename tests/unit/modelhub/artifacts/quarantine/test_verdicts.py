"""What the parent concludes from the children's claims."""

import io
from typing import Any

import numpy as np
import pytest

from modelhub.artifacts.quarantine import features, findings, parity, versions
from modelhub.artifacts.quarantine.process import ChildEnded
from modelhub.artifacts.safeform.archive import PlainObject
from modelhub.errors import Code, PackageRefused

_REPORT = {
    "pairs": [["numpy", "dtype"]],
    "versions": ["1.9.1"],
    "protocol": 4,
    "compression": "",
    "reason": "",
}


def test_a_clean_report_is_read() -> None:
    (report,) = findings.read({"reports": [_REPORT]}, ("model",))
    assert report.pairs == {("numpy", "dtype")}
    assert report.reason is None


@pytest.mark.parametrize(
    "change",
    [
        {"pairs": [["numpy"]]},
        {"pairs": [["numpy", 1]]},
        {"pairs": [["numpy", "\x1b[31m"]]},
        {"pairs": [["numpy", "x" * 500]]},
        {"pairs": None},
        {"versions": ["<b>1.9</b>"]},
        {"protocol": "4"},
        {"protocol": True},
        {"reason": "because"},
        {"compression": None},
    ],
)
def test_a_report_with_anything_else_in_it_is_a_breach(change: dict[str, Any]) -> None:
    with pytest.raises(ChildEnded) as ended:
        findings.read({"reports": [_REPORT | change]}, ("model",))
    assert ended.value.code is Code.QUARANTINE_PROTOCOL


def test_one_report_per_file_is_a_must() -> None:
    with pytest.raises(ChildEnded):
        findings.read({"reports": [_REPORT]}, ("model", "scaler"))


@pytest.mark.parametrize("version", ["1.2.2", "0.24.0", "pre-0.18", "99.0.0", "2.0", "nonsense"])
def test_versions_outside_the_tested_range_are_refused(version: str) -> None:
    with pytest.raises(PackageRefused) as refused:
        versions.judge((version,), "model")
    assert refused.value.code is Code.VERSION_UNSUPPORTED


def test_an_older_tested_minor_is_noted_and_ours_is_not() -> None:
    assert [note.code for note in versions.judge(("1.3.2",), "model")] == ["version_mismatch"]
    assert versions.judge((versions._ours(),), "model") == ()


def _estimator(width: int, names: tuple[str, ...] | None = None) -> PlainObject:
    known = {} if names is None else {"feature_names_in_": np.array(names, dtype=object)}
    return PlainObject("StandardScaler", {"n_features_in_": width, **known})


def test_names_come_from_the_scaler_where_none_are_declared() -> None:
    assert features.agreed_names(_estimator(2), _estimator(2, ("a", "b")), ()) == ("a", "b")
    assert features.agreed_names(_estimator(2), None, ()) == ()
    assert features.agreed_names(_estimator(2), None, ("a", "b")) == ("a", "b")


@pytest.mark.parametrize(
    ("model", "scaler", "declared"),
    [
        (_estimator(2), _estimator(3), ()),
        (_estimator(2), None, ("a",)),
        (_estimator(2), _estimator(2, ("b", "a")), ("a", "b")),
        (_estimator(2, ("b", "a")), _estimator(2, ("a", "b")), ()),
        (_estimator(2, ("a",)), None, ()),
    ],
)
def test_a_difference_in_columns_is_refused(
    model: PlainObject, scaler: PlainObject | None, declared: tuple[str, ...]
) -> None:
    with pytest.raises(PackageRefused) as refused:
        features.agreed_names(model, scaler, declared)
    assert refused.value.code is Code.FEATURE_MISMATCH


def _npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("rows", "scores"),
    [
        (np.zeros((2, 3)), np.zeros(2)),
        (np.zeros((2, 2)), np.zeros(3)),
        (np.zeros((0, 2)), np.zeros(0)),
        (np.full((2, 2), np.nan), np.zeros(2)),
        (np.zeros((2, 2)), np.array([0.0, np.inf])),
        (np.zeros((2, 2), dtype=np.float32), np.zeros(2)),
        (np.zeros((5000, 2)), np.zeros(5000)),
        (np.array([object()]), np.zeros(2)),
    ],
)
def test_claims_of_the_wrong_form_are_refused(rows: Any, scores: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text of a fault is never shown
        parity.read_claims(_npy(rows), _npy(scores), 2)


def test_equal_scores_pass_and_a_tie_on_the_threshold_is_no_difference() -> None:
    original = np.array([0.4, 0.5, 0.6])
    served = np.array([0.4, np.nextafter(0.5, 1), 0.6])
    parity.compare((served, served), original, threshold=0.5)


@pytest.mark.parametrize("off", [1e-8, -1e-8, 1.0])
def test_a_score_further_off_than_the_bound_is_refused(off: float) -> None:
    original = np.array([0.4, 0.7])
    served = original + np.array([0, off])
    with pytest.raises(PackageRefused) as refused:
        parity.compare((served, served), original, threshold=0.5)
    assert refused.value.code is Code.PARITY_FAILED


def test_a_flipped_label_is_refused_even_when_the_scores_are_close() -> None:
    original, served = np.array([0.5 + 4e-10]), np.array([0.5 - 4e-10])
    with pytest.raises(PackageRefused) as refused:
        parity.compare((served, served), original, threshold=0.5)
    assert refused.value.code is Code.PARITY_FAILED
