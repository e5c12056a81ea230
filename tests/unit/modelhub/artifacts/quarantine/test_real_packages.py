"""Packages written by the training service itself, good and broken, get the answers they deserve."""

import json
from pathlib import Path

import pytest

from modelhub.artifacts.quarantine import Limits, convert
from modelhub.artifacts.types import Conversion
from modelhub.errors import PackageRefused

pytestmark = pytest.mark.shared_data
_SCORER = "tests.unit.modelhub.artifacts.quarantine.scorers.score_safe_form"
# "accepted" also where the fault is in the JSON files, which other rooms read.
_EXPECTED = {
    "broken/00-control-valid": "accepted",
    "broken/01-truncated-model": "pickle_corrupt",
    "broken/02-truncated-scaler": "pickle_corrupt",
    "broken/05-metadata-no-feature-names": "accepted",
    "broken/06-feature-order-swapped": "feature_mismatch",
    "broken/09-scaler-31-features": "feature_mismatch",
    "broken/10-empty-model": "pickle_corrupt",
    "broken/12-model-is-text": "pickle_corrupt",
    "broken/14-model-is-kmeans": "model_not_usable",
    "broken/15-model-is-dict": "model_not_usable",
    "broken/16-disallowed-class": "unsafe_type",
    "broken/17-disallowed-class-in-object-array": "unsafe_type",
    "broken/19-unfitted-model": "model_not_usable",
    "deployment-wifi": "accepted",
    "service-wifi-sklearn-1.2.2": "version_unsupported",
    "service-wifi-sklearn-1.9.1": "accepted",
    "training-root/models/20261122_210422": "accepted",
    "training-root/models/20261122_210433": "accepted",
    "training-root/models/20261122_210445": "accepted",
    "training-root/models/openssh_if": "accepted",
    "training-root/models/local_outlier_factor_wifi_dev_dedup": "model_not_usable",
}


@pytest.mark.parametrize("name", _EXPECTED)
def test_a_package_of_the_training_service_is_judged_rightly(name: str, shared_data: Path) -> None:
    folder = shared_data / "packages" / name
    metadata = json.loads((folder / "metadata.json").read_text())
    names = metadata.get("feature_names") or metadata["training_info"].get("feature_names") or []

    def conversion() -> Conversion:
        return convert(
            folder / "model.joblib", folder / "scaler.joblib", names=tuple(names),
            limits=Limits(seconds=30), scorer=_SCORER,
        )  # fmt: skip

    if _EXPECTED[name] != "accepted":
        with pytest.raises(PackageRefused) as refused:
            conversion()
        assert refused.value.code.value == _EXPECTED[name]
        return
    converted = conversion()
    assert converted.facts.estimator == "IsolationForest"
    notes = {note.code for note in converted.notes}
    assert ("version_mismatch" in notes) == (name != "service-wifi-sklearn-1.9.1")
    assert ("feature_names_from_model" in notes) == (name == "broken/05-metadata-no-feature-names")
