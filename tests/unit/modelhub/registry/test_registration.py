"""Registering: one content is one version, one label is one content, and times are UTC."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from modelhub.actors import Actor, Channel
from modelhub.artifacts.types import (
    EstimatorFacts,
    PackageForm,
    PackageMetadata,
    PreparedPackage,
    Role,
    StagedFile,
)
from modelhub.errors import Code, Conflict
from modelhub.registry.models import LifecycleEvent, ModelVersion, RegisteredModel
from modelhub.registry.registration import register
from tests import packages

pytestmark = pytest.mark.django_db
ACTOR = Actor("tester", Channel.COMMAND)
STORED = {Role.ORIGINAL_MODEL: ("a" * 64, 100), Role.FOREST_TABLES: ("b" * 64, 23)}


@pytest.fixture
def model() -> RegisteredModel:
    return RegisteredModel.objects.create(name="sshd")


def a_package(
    label: str = "1.0.0", digest: str = "d" * 64, created_at: datetime | None = None
) -> PreparedPackage:
    metadata = PackageMetadata(
        PackageForm.SERVICE,
        label,
        tuple(packages.NAMES),
        created_at=created_at,
        raw={"metadata.json": {"a": 1}},
    )
    return PreparedPackage(
        label=label,
        digest=digest,
        metadata=metadata,
        facts=EstimatorFacts("IsolationForest", "StandardScaler", 32, -0.5, environment={"sklearn": "1.9.1"}),
        threshold=0.5,
        threshold_source="metadata",
        calibration={"kind": "assumed"},
        files={Role.ORIGINAL_MODEL: StagedFile("model.joblib", Path("model.joblib"), "a" * 64, 100)},
        blobs={Role.FOREST_TABLES: b"x" * 23},
        notes=(),
    )


def test_a_new_content_becomes_a_version_with_artifacts_and_history(model: RegisteredModel) -> None:
    version, created = register(a_package(), model=model, store_digests=STORED, actor=ACTOR)
    assert created
    assert (version.runtime, version.feature_set) == ("forest", "training-service-v1")
    assert version.size_bytes == 123
    assert version.environment == {"sklearn": "1.9.1"}
    assert dict(version.artifacts.values_list("role", "sha256")) == {
        role: sha256 for role, (sha256, _) in STORED.items()
    }
    event = LifecycleEvent.objects.get()
    assert (event.operation, event.actor, event.generation) == ("import", "tester", 0)


def test_the_same_content_is_the_same_version_whatever_its_label(model: RegisteredModel) -> None:
    first, _ = register(a_package(), model=model, store_digests=STORED, actor=ACTOR)
    again, created = register(a_package("2.0.0"), model=model, store_digests=STORED, actor=ACTOR)
    assert (again, created) == (first, False)
    assert LifecycleEvent.objects.count() == 1


def test_a_label_with_other_content_is_a_conflict_naming_both(model: RegisteredModel) -> None:
    register(a_package(), model=model, store_digests=STORED, actor=ACTOR)
    with pytest.raises(Conflict, match=r"sshd:1\.0\.0") as conflict:
        register(a_package(digest="e" * 64), model=model, store_digests=STORED, actor=ACTOR)
    assert conflict.value.code == Code.VERSION_CONFLICT
    assert "d" * 12 in conflict.value.detail
    assert "e" * 12 in conflict.value.detail
    assert ModelVersion.objects.count() == 1


def test_one_content_may_stand_in_two_models(model: RegisteredModel) -> None:
    other = RegisteredModel.objects.create(name="wifi")
    register(a_package(), model=model, store_digests=STORED, actor=ACTOR)
    assert register(a_package(), model=other, store_digests=STORED, actor=ACTOR)[1]


def test_without_compiled_tables_scikit_learn_executes_it(model: RegisteredModel) -> None:
    package = replace(a_package(), blobs={Role.ESTIMATORS: b"x"})
    version, _ = register(package, model=model, store_digests=STORED, actor=ACTOR)
    assert version.runtime == "sklearn"


@pytest.mark.parametrize(
    ("declared", "stored", "note"),
    [
        (None, None, None),
        (datetime(2026, 1, 2, 3), datetime(2026, 1, 2, 3, tzinfo=UTC), "created_at_without_zone"),
        (
            datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))),
            datetime(2026, 1, 2, 1, tzinfo=UTC),
            None,
        ),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), None, "metadata_suspect"),
        (datetime(9999, 12, 31), None, "metadata_suspect"),
    ],
)
def test_the_time_of_training_is_kept_in_utc(
    declared: datetime | None, stored: datetime | None, note: str | None, model: RegisteredModel
) -> None:
    version, _ = register(a_package(created_at=declared), model=model, store_digests=STORED, actor=ACTOR)
    assert version.trained_at == stored
    assert [kept["code"] for kept in version.notes] == ([note] if note else [])
