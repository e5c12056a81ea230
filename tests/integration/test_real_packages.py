"""Real packages of the training service: usable ones import, each broken one is refused for its reason."""

from pathlib import Path

import pytest

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts.store import Store
from modelhub.errors import Code, ModelhubError
from modelhub.registry.models import ModelVersion
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.importing import import_local
from modelhub.transfers.models import Transfer

pytestmark = [pytest.mark.shared_data, pytest.mark.django_db]

ACTOR = Actor("tester", Channel.COMMAND)
MODELS = "training-root/models"
USABLE = {
    f"{MODELS}/20261122_210422": "20261122_210422",
    f"{MODELS}/20261122_210433": "20261122_210433",
    f"{MODELS}/20261122_210445": "20261122_210445",
    f"{MODELS}/openssh_if": "openssh_if",
    f"{MODELS}/deployments/model_20261122_210422_deployment.zip": "20261122_210422",
    "deployment-wifi": "20261122_210422",
    "service-wifi-sklearn-1.9.1": None,
    "broken/00-control-valid": None,
    "broken/05-metadata-no-feature-names": None,
}
REFUSED = {
    f"{MODELS}/local_outlier_factor_wifi_dev_dedup": Code.MODEL_NOT_USABLE,
    "service-wifi-sklearn-1.2.2": Code.VERSION_UNSUPPORTED,
    "broken/01-truncated-model": Code.PICKLE_CORRUPT,
    "broken/02-truncated-scaler": Code.PICKLE_CORRUPT,
    "broken/03-wrong-sha256": Code.HASH_MISMATCH,
    "broken/04-metadata-changed-after-signing": Code.HASH_MISMATCH,
    "broken/06-feature-order-swapped": Code.FEATURE_MISMATCH,
    "broken/07-invalid-json-metadata": Code.METADATA_INVALID,
    "broken/08-missing-model": Code.PACKAGE_MISSING_FILE,
    "broken/09-scaler-31-features": Code.FEATURE_MISMATCH,
    "broken/10-empty-model": Code.PICKLE_CORRUPT,
    "broken/11-nan-and-infinity-in-json": Code.METADATA_INVALID,
    "broken/12-model-is-text": Code.PICKLE_CORRUPT,
    "broken/13-manifest-lists-absent-file": Code.HASH_MISSING,
    "broken/14-model-is-kmeans": Code.MODEL_NOT_USABLE,
    "broken/15-model-is-dict": Code.MODEL_NOT_USABLE,
    "broken/16-disallowed-class": Code.UNSAFE_TYPE,
    "broken/17-disallowed-class-in-object-array": Code.UNSAFE_TYPE,
    "broken/18-unknown-format-version": Code.FORMAT_UNSUPPORTED,
    "broken/19-unfitted-model": Code.MODEL_NOT_USABLE,
    "broken/30-truncated.zip": Code.PACKAGE_NOT_ZIP,
    "broken/31-path-traversal.zip": Code.PACKAGE_BAD_NAME,
    "broken/32-oversized-member.zip": Code.PACKAGE_FILE_TOO_LARGE,
}


@pytest.mark.parametrize("place", USABLE)
def test_a_usable_package_is_imported_and_not_deployed(place: str, shared_data: Path) -> None:
    transfer = import_local(shared_data / "packages" / place, ACTOR)
    version = ModelVersion.objects.get()
    assert transfer.status == TransferStatus.IMPORTED
    assert transfer.version == version
    assert version.label == USABLE[place] or USABLE[place] is None
    assert version.feature_set == "training-service-v1"
    assert version.estimator == "IsolationForest"
    assert version.runtime == "forest"
    assert "sklearn.ensemble._iforest.IsolationForest" in version.pickle_globals
    assert not version.deployments.exists()
    known = version.artifacts.values_list("sha256", flat=True)
    report = Store(conf.store_root()).check(known)
    assert (report.is_clean, report.orphans, report.leftovers) == (True, (), ())
    assert staged_folders() == []


@pytest.mark.parametrize("place", REFUSED)
def test_a_broken_package_is_refused_for_its_reason_and_leaves_nothing(place: str, shared_data: Path) -> None:
    with pytest.raises(ModelhubError) as refused:
        import_local(shared_data / "packages" / place, ACTOR)
    row = Transfer.objects.get()
    assert refused.value.code == REFUSED[place]
    assert (row.status, row.code, row.detail) == (
        TransferStatus.REFUSED,
        refused.value.code,
        refused.value.detail,
    )
    assert not ModelVersion.objects.exists()
    assert list(Store(conf.store_root()).digests()) == []
    assert staged_folders() == []


def test_of_conflicting_manifests_the_last_counts_and_a_note_says_so(shared_data: Path) -> None:
    transfer = import_local(shared_data / "packages/broken/33-conflicting-duplicate-manifests.zip", ACTOR)
    assert "manifest_duplicate" in {note["code"] for note in transfer.notes}


def test_one_content_in_three_forms_is_one_version(shared_data: Path) -> None:
    packages = shared_data / "packages"
    first = import_local(packages / MODELS / "20261122_210422", ACTOR)
    others = [
        import_local(packages / MODELS / "deployments/model_20261122_210422_deployment.zip", ACTOR),
        import_local(packages / "deployment-wifi", ACTOR),
    ]
    assert [row.status for row in others] == [TransferStatus.UNCHANGED] * 2
    assert {row.version for row in others} == {first.version}


def staged_folders() -> list[Path]:
    """What an import left in staging, folders and files alike, its own lock aside."""
    root = conf.staging_root()
    return [path for path in root.iterdir() if path.name != ".guard"] if root.exists() else []
