"""A small real model, trained once per session on made-up sshd logs, registered and deployed per test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.test import Client
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler

from inference.features import catalog
from inference.features.missing import fill_missing
from inference.records import LogRecord
from inference.resilience import guarding
from inference.runtimes.contract import Matrix
from inference.serving import loading
from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts import calibration
from modelhub.artifacts.safeform import archive, flatten, packing, tables
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import Role
from modelhub.registry import lifecycle
from modelhub.registry.choices import Runtime
from modelhub.registry.models import Artifact, ModelVersion, RegisteredModel
from monitoring import anomaly_writer

ACTOR = Actor("tester", Channel.COMMAND)
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FEATURE_SET = "training-service-v1"


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted scaler and forest, their safe form, and the training rows and scores."""

    scaler: StandardScaler
    forest: IsolationForest
    safe_form: bytes
    rows: Matrix
    scores: Matrix

    @property
    def threshold(self) -> float:
        return float(np.percentile(self.scores, 90))


def sshd_records(count: int, *, seed: int = 0) -> list[LogRecord]:
    """Ordinary sshd lines some seconds apart."""
    random = np.random.default_rng(seed)
    users = ("alice", "bob", "carol")
    return [
        LogRecord(
            message=f"Accepted publickey for {users[i % 3]} from 10.0.0.{random.integers(250)} "
            f"port {random.integers(30_000, 60_000)} ssh2",
            timestamp=START + timedelta(seconds=7 * i),
            program=("sshd", "sshd", "cron")[i % 3],
            level="INFO",
        )
        for i in range(count)
    ]


def train(seed: int) -> Trained:
    """Twenty trees on the features of 400 ordinary lines; another seed is another model."""
    rows = fill_missing(catalog.get(FEATURE_SET).extract(sshd_records(400, seed=seed)))
    scaler = StandardScaler().fit(rows)
    scaled = scaler.transform(rows)
    forest = IsolationForest(n_estimators=20, contamination=0.1, random_state=seed).fit(scaled)
    content = archive.read(packing.pack(forest, scaler))
    safe_form = tables.dump(flatten.forest_tables(content["model"], content["scaler"]))
    return Trained(scaler, forest, safe_form, rows, -forest.score_samples(scaled))


@pytest.fixture(scope="session")
def trained() -> Trained:
    """The model that ``deployed_version`` serves."""
    return train(0)


@pytest.fixture(scope="session")
def retrained() -> Trained:
    """Another model for the same columns."""
    return train(1)


RegisterVersion = Callable[..., ModelVersion]


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """Nothing loaded by an earlier test is served."""
    loading.forget()
    guarding.forget()
    yield
    loading.forget()
    guarding.forget()
    anomaly_writer.end()


def register(
    source: Trained, label: str = "1.0.0", *, model: str = "default", feature_set: str = FEATURE_SET
) -> ModelVersion:
    """The trained model as a version of a registered model, its blob in the store."""
    registered, _ = RegisteredModel.objects.get_or_create(name=model)
    digest = Store(conf.store_root()).put(source.safe_form)
    version = ModelVersion.objects.create(
        model=registered,
        label=label,
        digest=digest,
        estimator="IsolationForest",
        scaler="StandardScaler",
        runtime=Runtime.FOREST,
        feature_set=feature_set,
        feature_names=list(catalog.get(FEATURE_SET).names),
        n_features=source.rows.shape[1],
        threshold=source.threshold,
        threshold_source="metadata",
        offset=float(source.forest.offset_),
        calibration=calibration.from_scores(source.scores).to_json(),
    )
    Artifact.objects.create(
        version=version, role=Role.FOREST_TABLES, sha256=digest, size_bytes=len(source.safe_form)
    )
    return version


@pytest.fixture
def register_version(db: None) -> RegisterVersion:
    """Registers a trained model as a version of a registered model."""
    return register


@pytest.fixture
def api() -> Client:
    """A caller on this machine, as the documented curl lines are."""
    return Client(headers={"Host": "localhost"})


@pytest.fixture
def deployed_version(register_version: RegisterVersion, trained: Trained) -> ModelVersion:
    """``default:1.0.0``, deployed and current."""
    version = register_version(trained)
    lifecycle.deploy(version, ACTOR)
    return version
