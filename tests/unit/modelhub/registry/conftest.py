"""Versions whose blobs are really in the store; only the loading of the model is left out."""

import itertools
from collections.abc import Callable

import pytest
from pytest_django.fixtures import Settings

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import Role
from modelhub.errors import Code, FieldError, InputInvalid
from modelhub.registry.choices import Runtime
from modelhub.registry.models import Artifact, ModelVersion, RegisteredModel

MakeVersion = Callable[..., ModelVersion]
_numbers = itertools.count(1)


def loads(version: ModelVersion) -> None:
    """A preflight that every version passes."""


def does_not_load(version: ModelVersion) -> None:
    """A preflight that every version fails."""
    raise InputInvalid(Code.SMOKE_TEST_FAILED, "It gives no finite score.")


def good(version: ModelVersion, actor: Actor | None = None) -> tuple[FieldError, ...]:
    """A validation that every version passes."""
    return ()


def nothing() -> None:
    """Nobody serves in these tests."""


@pytest.fixture(autouse=True)
def no_serving(settings: Settings, hub_home: object) -> None:
    """The registry's own logic, with the hooks into serving answered here."""
    here = "tests.unit.modelhub.registry.conftest"
    settings.MODELHUB = settings.MODELHUB | {
        "DEPLOY_PREFLIGHT": f"{here}.loads",
        "QUALITY_GATE": f"{here}.good",
        "ON_SERVING_CHANGED": f"{here}.nothing",
    }


@pytest.fixture
def actor() -> Actor:
    """A person at the console."""
    return Actor("ada", Channel.COMMAND)


@pytest.fixture
def make_version(db: None) -> MakeVersion:
    """Creates a version with one real blob: ``make_version("1.0", model="wifi")``."""

    def make(label: str, *, model: str = "default") -> ModelVersion:
        content = f"content {next(_numbers)}".encode()
        digest = Store(conf.store_root()).put(content)
        owner, _ = RegisteredModel.objects.get_or_create(name=model)
        version = ModelVersion.objects.create(
            model=owner,
            label=label,
            digest=digest,
            estimator="IsolationForest",
            runtime=Runtime.FOREST,
            feature_names=["a"],
            n_features=1,
            threshold=0.5,
            threshold_source="manifest",
            offset=-0.5,
        )
        Artifact.objects.create(
            version=version, role=Role.FOREST_TABLES, sha256=digest, size_bytes=len(content)
        )
        return version

    return make
