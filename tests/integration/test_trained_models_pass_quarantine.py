"""What the product's own trainer writes passes its own quarantine, in an installation without test tools."""

from pathlib import Path

import numpy as np
import pytest

from inference.training.fitting import Algorithm, FitSettings, fit
from inference.training.packaging import write_package
from modelhub import conf
from modelhub.artifacts.quarantine import Limits, convert, process

_COLUMNS = tuple(f"column_{number}" for number in range(32))


@pytest.fixture
def without_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """With pytest there, scikit-learn imports more than in production, which hides lazy first uses."""
    monkeypatch.setattr(process, "_BOOT", f"import sys; sys.modules['pytest'] = None; {process._BOOT}")


@pytest.mark.usefixtures("without_pytest")
@pytest.mark.parametrize("algorithm", [*Algorithm])
def test_a_model_of_32_columns_is_converted(algorithm: Algorithm, tmp_path: Path) -> None:
    rows = np.random.default_rng(3).standard_normal((120, len(_COLUMNS)))
    fitted = fit(rows, _COLUMNS, settings=FitSettings(algorithm=algorithm, trees=10))
    folder = tmp_path / "package"
    write_package(fitted, folder)
    converted = convert(
        folder / "model.joblib",
        folder / "scaler.joblib",
        names=_COLUMNS,
        limits=Limits(seconds=30),
        scorer=conf.hook_path("SAFE_FORM_SCORER"),
    )
    assert converted.facts.n_features == len(_COLUMNS)
    assert converted.facts.estimator == type(fitted.detector).__name__
