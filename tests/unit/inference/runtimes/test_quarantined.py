"""Both forest engines do their work in the locked-down child that tries a package out."""

from pathlib import Path

import joblib
import numpy as np
import pytest

from inference.runtimes import catalog
from inference.runtimes.kernel import binding
from modelhub.artifacts.quarantine import Limits, convert
from modelhub.artifacts.types import Role
from tests.hostile import honest
from tests.unit.inference.runtimes import scorers

_WITH_KERNEL = pytest.param(
    "in_the_kernel",
    marks=pytest.mark.skipif(binding.present() is None, reason="the forest kernel is not compiled here"),
)


@pytest.mark.parametrize("scorer", [_WITH_KERNEL, "in_onnx_runtime"])
@pytest.mark.parametrize("name", ["forest+standard", "pipeline-flat+none", "pipeline-flat+standard"])
def test_a_forest_is_tried_under_lock_by_the_engine_that_serves(
    name: str, scorer: str, tmp_path: Path
) -> None:
    model, scaler = honest.pair(name)
    joblib.dump(model, tmp_path / "model.joblib")
    if scaler is not None:
        joblib.dump(scaler, tmp_path / "scaler.joblib")
    converted = convert(
        tmp_path / "model.joblib",
        tmp_path / "scaler.joblib" if scaler is not None else None,
        names=(),
        limits=Limits(seconds=30),
        scorer=f"{scorers.__name__}.{scorer}",
    )
    assert (Role.FOREST_TABLES in converted.blobs) == (name != "pipeline-flat+standard")
    expected = -model.score_samples(honest.ROWS if scaler is None else scaler.transform(honest.ROWS))
    assert np.array_equal(catalog.score_safe_form(converted.blobs, honest.ROWS), expected)
