"""The façade for Python callers: the documented example as a script, and each method in this process."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from asgiref.sync import async_to_sync

from inference.config import ModelConfig
from inference.manager import ModelManager
from inference.serving import loading
from modelhub.errors import Code, InputInvalid, ModelhubError
from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion
from modelhub.transfers.models import TrainingSource, Transfer
from monitoring import metering
from monitoring.models import InferenceMetric
from tests import packages
from tests.integration.conftest import RegisterVersion, Trained

ROOT = Path(__file__).resolve().parent.parent.parent
T = TypeVar("T")

EXAMPLE = """
import asyncio
import numpy as np
from inference.manager import ModelManager
from inference.config import ModelConfig

async def main():
    config = ModelConfig()
    model_manager = ModelManager(config)
    await model_manager.load_model_version("1.0.0")
    features = np.array([[1, 2, 3], [4, 5, 6]])
    predictions = await model_manager.predict(features)
    probabilities = await model_manager.predict_proba(features)
    print(predictions.shape, probabilities.shape, model_manager.is_model_loaded())
    print(model_manager.get_model_info()["version"], sorted(set(predictions.tolist()) | {-1, 1}))

asyncio.run(main())
"""


def result(work: Coroutine[Any, Any, T]) -> T:
    """What the coroutine answers, its database calls in this thread, where the test's transaction is."""

    async def run() -> T:
        return await work

    return async_to_sync(run)()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a hub of its own with a three-column version 1.0.0 in it."""
    folder = tmp_path_factory.mktemp("manager")
    packages.write_folder(folder / "package", packages.narrow_members("1.0.0"))
    _run(folder, "manage.py", "migrate", "-v0")
    _run(folder, "manage.py", "importmodel", str(folder / "package"))
    return folder


def _run(home: Path, *arguments: str, cwd: Path = ROOT) -> str:
    environment = {"PATH": os.environ["PATH"], "MODELHUB_HOME": str(home / "hub"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_documented_example_runs_as_a_plain_script(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(EXAMPLE)
    said = _run(home, str(script), cwd=tmp_path).splitlines()
    assert said == ["(2,) (2, 2) True", "1.0.0 [-1, 1]"]


def test_a_script_leaves_its_load_in_the_history_of_the_hub(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(EXAMPLE)
    _run(home, str(script), cwd=tmp_path)
    models = json.loads(_run(home, "manage.py", "listmodels", "--json"))["versions"]
    assert [(row["version"], row["status"]) for row in models] == [("1.0.0", "loaded")]


@pytest.mark.django_db(transaction=True)
def test_it_works_inside_a_running_loop_beside_other_work(
    register_version: RegisterVersion, trained: Trained
) -> None:
    register_version(trained)
    manager = ModelManager()
    rows = trained.rows[:50]

    async def work() -> tuple[int, int]:
        assert await manager.load_model_version("1.0.0")
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.create_task(tick())
        answers = await asyncio.gather(*(manager.predict(rows) for _ in range(5)))
        info = manager.get_model_info()
        ticking.cancel()
        assert info is not None
        assert info["status"] == "loaded"
        return len(answers), ticks

    answered, ticks = asyncio.run(work())
    assert answered == 5
    assert ticks > 0


def test_predictions_are_what_scikit_learn_says(deployed_version: ModelVersion, trained: Trained) -> None:
    predictions = result(ModelManager().predict(trained.rows[:100]))
    expected = trained.forest.predict(trained.scaler.transform(trained.rows[:100]))
    assert predictions.tolist() == expected.tolist()


def test_probabilities_are_normal_then_anomaly_and_rise_with_the_score(
    deployed_version: ModelVersion, trained: Trained
) -> None:
    probabilities = result(ModelManager().predict_proba(trained.rows))
    assert probabilities.shape == (len(trained.rows), 2)
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    order = np.argsort(trained.scores)
    assert probabilities[order[-1], 1] > probabilities[order[0], 1]


def test_predictions_feed_the_meters_as_a_request_does(
    deployed_version: ModelVersion, trained: Trained
) -> None:
    result(ModelManager().predict(trained.rows[:7]))
    metering.flush()
    metric = InferenceMetric.objects.get(version=deployed_version)
    assert (metric.requests, metric.records) == (1, 7)


@pytest.mark.parametrize(
    ("features", "code"),
    [
        ([[1, 2, 3]], Code.FEATURES_INVALID),
        ([[1, 2], [3]], Code.FEATURES_INVALID),
        ([1.0] * 32, Code.FEATURES_INVALID),
        ([["1"] * 32], Code.FEATURES_INVALID),
        ([[True] * 32], Code.FEATURES_INVALID),
        (np.zeros((2, 32), dtype=complex), Code.FEATURES_INVALID),
        ("nothing", Code.FEATURES_INVALID),
        ([[float("nan")] * 32], Code.FEATURES_NOT_FINITE),
        ([[1e300] * 32], Code.FEATURES_NOT_FINITE),
    ],
)
def test_features_that_cannot_be_scored_are_refused_by_our_own_error(
    deployed_version: ModelVersion, features: Any, code: Code
) -> None:
    with pytest.raises(InputInvalid) as refused:
        result(ModelManager().predict(features))
    assert refused.value.code == code


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32])
def test_integers_and_lists_are_accepted(deployed_version: ModelVersion, dtype: Any) -> None:
    manager, rows = ModelManager(), np.ones((3, 32), dtype=dtype)
    assert result(manager.predict(rows)).tolist() == result(manager.predict(rows.tolist())).tolist()


def test_a_load_that_is_refused_answers_false_and_says_why(deployed_version: ModelVersion) -> None:
    manager = ModelManager()
    assert result(manager.load_model_version("9.9.9")) is False
    assert "9.9.9" in manager.last_error
    assert result(manager.load_model_version("1.0.0")) is True
    assert manager.last_error == ""


def test_deploy_and_rollback_are_the_operations_of_the_hub(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    manager = ModelManager(ModelConfig(actor="batch", reason="nightly"))
    assert result(manager.deploy_model("2.0.0"))
    assert result(manager.rollback_model("1.0.0"))
    open_now = Deployment.objects.open().get()
    assert (open_now.version.label, open_now.actor, open_now.reason) == ("1.0.0", "batch", "nightly")
    assert not result(manager.rollback_model("champion"))


def test_without_a_loaded_version_nothing_is_said_to_be_loaded(db: None) -> None:
    manager = ModelManager()
    assert not manager.is_model_loaded()
    assert manager.get_model_info() is None
    with pytest.raises(ModelhubError) as refused:
        result(manager.predict([[1.0]]))
    assert refused.value.code in {Code.NO_MODEL_LOADED, Code.MODEL_NOT_FOUND}


def test_info_tells_of_the_loaded_version_or_of_a_named_one(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    manager = ModelManager()
    assert result(manager.load_model_version("1.0.0"))
    loaded, named = manager.get_model_info(), manager.get_model_info("2.0.0")
    assert loaded is not None
    assert named is not None
    assert (loaded["version"], named["version"]) == ("1.0.0", "2.0.0")


def test_a_manager_of_one_model_sees_that_model_only(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0", model="wifi")
    manager = ModelManager(ModelConfig(model="wifi"))
    assert [row["reference"] for row in result(manager.list_models())] == ["wifi:2.0.0"]
    assert not result(manager.load_model_version("1.0.0"))
    assert result(manager.load_model_version("2.0.0"))
    assert loading.slot("wifi").version.label == "2.0.0"


def test_load_model_takes_the_package_through_the_quarantine(db: None, tmp_path: Path) -> None:
    folder = packages.write_folder(tmp_path / "package", packages.service_members("3.0.0"))
    manager = ModelManager()
    loaded = result(manager.load_model(str(folder / "model.joblib"), str(folder / "scaler.joblib")))
    assert loaded, manager.last_error
    assert LifecycleEvent.objects.filter(operation="load", version__label="3.0.0").exists()
    assert result(manager.predict(packages.fit().rows[:4])).shape == (4,)


def test_load_model_refuses_a_scaler_of_another_package(db: None, tmp_path: Path) -> None:
    folder = packages.write_folder(tmp_path / "package", packages.service_members("3.0.0"))
    manager = ModelManager()
    assert not result(manager.load_model(str(folder / "model.joblib"), str(tmp_path / "scaler.joblib")))
    assert "scaler" in manager.last_error
    assert not Transfer.objects.exists()


def test_importing_from_a_training_service_answers_as_the_endpoint(db: None, tmp_path: Path) -> None:
    packages.write_folder(tmp_path / "models" / "a", packages.service_members("4.0.0"))
    TrainingSource.objects.create(name="lab", location=str(tmp_path))
    answer = result(ModelManager().import_model_from_training_service("models/a", validate=False))
    assert answer["version"]["version"] == "4.0.0"
    assert not LifecycleEvent.objects.filter(operation="load").exists()
