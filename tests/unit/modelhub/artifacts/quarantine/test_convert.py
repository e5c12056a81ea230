"""Honest models come through the three children with their scores."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from modelhub.artifacts.quarantine import Limits, convert
from modelhub.artifacts.quarantine import conversion as conversion_module
from modelhub.artifacts.quarantine.selftest import QuarantineLevel
from modelhub.artifacts.types import Conversion, Role
from modelhub.errors import Code, PackageRefused, Unavailable
from tests.hostile import honest
from tests.unit.modelhub.artifacts.quarantine.scorers import score_safe_form

_SCORER = f"{score_safe_form.__module__}.score_safe_form"


def _convert(
    folder: Path, model: object, scaler: object, names: tuple[str, ...] = (), probe_rows: Any = None
) -> Conversion:
    joblib.dump(model, folder / "model.joblib")
    if scaler is not None:
        joblib.dump(scaler, folder / "scaler.joblib")
    return convert(
        folder / "model.joblib",
        folder / "scaler.joblib" if scaler is not None else None,
        names=names,
        limits=Limits(seconds=30),
        scorer=_SCORER,
        probe_rows=probe_rows,
    )


_FLAT = ("forest+standard", "forest+none", "forest-subset+standard", "pipeline-flat+none")


@pytest.mark.parametrize(
    "name",
    ["forest+standard", "forest+none", "forest-subset+standard", "lof+standard", "svm+standard",
     "sgd+standard", "envelope+standard", "forest+pipeline", "pipeline-svm+standard",
     "pipeline-flat+none", "pipeline-flat+standard"],
)  # fmt: skip
def test_an_honest_model_is_converted_with_equal_scores(name: str, tmp_path: Path) -> None:
    model, scaler = honest.pair(name)
    converted = _convert(tmp_path, model, scaler)
    rows = honest.ROWS[:50] * 1.3
    expected = -model.score_samples(rows if scaler is None else scaler.transform(rows))
    np.testing.assert_allclose(score_safe_form(converted.blobs, rows), expected, rtol=1e-12, atol=1e-12)
    assert converted.facts.offset == pytest.approx(
        np.ravel(getattr(model, "steps", [("", model)])[-1][1].offset_)[0]
    )
    assert converted.facts.n_features == 4
    assert (Role.FOREST_TABLES in converted.blobs) == (name in _FLAT)


def test_the_same_package_gives_the_same_bytes(tmp_path: Path) -> None:
    model, scaler = honest.pair("forest+standard")
    assert _convert(tmp_path, model, scaler).blobs == _convert(tmp_path, model, scaler).blobs


def test_facts_tell_where_the_pickle_was_made(tmp_path: Path) -> None:
    model, scaler = honest.pair("forest-contamination+standard")
    facts = _convert(tmp_path, model, scaler).facts
    assert facts.environment["sklearn"].startswith("1.")
    assert facts.environment["numpy_major"] == "2"
    assert "sklearn.tree._tree.Tree" in facts.globals


def test_declared_names_must_have_the_right_number(tmp_path: Path) -> None:
    model, scaler = honest.pair("forest+standard")
    with pytest.raises(PackageRefused) as refused:
        _convert(tmp_path, model, scaler, names=("a", "b"))
    assert refused.value.code is Code.FEATURE_MISMATCH


def test_without_a_lock_down_nothing_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion_module, "level", lambda: QuarantineLevel.NONE)
    with pytest.raises(Unavailable) as refused:
        _convert(tmp_path, *honest.pair("forest+none"))
    assert refused.value.code is Code.QUARANTINE_UNAVAILABLE


def test_probe_rows_are_scored_in_the_child_and_their_scores_come_back(tmp_path: Path) -> None:
    model, scaler = honest.pair("lof+standard")
    rows = honest.ROWS[:7] * 1.1
    scores = _convert(tmp_path, model, scaler, probe_rows=rows).probe_scores
    expected = -model.score_samples(scaler.transform(rows))
    assert scores is not None
    np.testing.assert_allclose(scores, expected, rtol=1e-12, atol=1e-12)


def test_probe_rows_that_break_the_model_are_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused) as refused:
        _convert(tmp_path, *honest.pair("lof+standard"), probe_rows=np.full((1, 4), 1.7e308))
    assert refused.value.code is Code.SMOKE_TEST_FAILED
