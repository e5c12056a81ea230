"""A real MLflow server: models logged by MLflow itself are scanned, imported, deployed and scored here.

``script/mlflow-peer FOLDER`` makes the environment; ``MLFLOW_VENV`` names it for these tests.
"""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from modelhub.transfers.choices import SourceKind
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages, services

pytestmark = [pytest.mark.django_db, pytest.mark.mlflow, pytest.mark.slow]
API = "/api/v1"
LOGGING = Path(__file__).resolve().parent.parent / "mlflow_logging.py"
MODELS = ("by-cloudpickle", "by-pickle", "by-skops")


@dataclass(frozen=True, slots=True)
class Peer:
    """A running MLflow server, three rows and what the logged pipelines score them (higher = stranger)."""

    url: str
    rows: list[list[float]]
    scores: list[float]


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    environment = Path(os.environ.get("MLFLOW_VENV", ""))
    python, mlflow = environment / "bin" / "python", environment / "bin" / "mlflow"
    if not os.environ.get("MLFLOW_VENV") or not mlflow.exists():
        pytest.skip("no MLflow here: run script/mlflow-peer FOLDER and set MLFLOW_VENV=FOLDER")
    folder = tmp_path_factory.mktemp("mlflow")
    port = services.free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(mlflow), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    store = ["--backend-store-uri", f"sqlite:///{folder}/db.sqlite", "--serve-artifacts"]
    place = ["--artifacts-destination", str(folder / "artifacts")]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, *store, *place],
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        )
    try:
        _wait(url, server)
        logged = subprocess.run(
            [str(python), str(LOGGING), url, json.dumps(packages.NAMES)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert logged.returncode == 0, logged.stderr[-2000:]
        told = json.loads(logged.stdout.strip().splitlines()[-1])
        yield Peer(url, told["rows"], told["scores"])
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # its workers outlive a polite word by minutes
        server.wait(20)


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(240):
        assert server.poll() is None, "the MLflow server ended"
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    pytest.fail("the MLflow server did not start within a minute")


@pytest.fixture
def source(peer: Peer) -> TrainingSource:
    return TrainingSource.objects.create(name="reg", kind=SourceKind.MLFLOW, location=peer.url)


def scanned(api: Client) -> dict[str, Any]:
    rows = api.get(f"{API}/model-management/training-service/models?source=reg").json()
    return {row["path"]: row for row in rows}


def test_its_versions_are_listed_as_new(api: Client, source: TrainingSource) -> None:
    found = scanned(api)
    assert {f"{name}/1" for name in MODELS} == set(found)
    assert all(row["importable"] and not row["imported"] for row in found.values())


def test_it_is_connected(api: Client, source: TrainingSource) -> None:
    body = api.get(f"{API}/model-management/training-service/connection").json()
    assert (body["connected"], body["models_found"]) == (True, len(MODELS))


@pytest.mark.parametrize("name", MODELS)
def test_a_logged_model_is_imported_deployed_and_scores_as_it_did_there(
    api: Client, source: TrainingSource, peer: Peer, name: str
) -> None:
    imported = api.post(f"{API}/model-management/import/{name}/1?source=reg")
    assert imported.status_code == 201, imported.json()
    reference = imported.json()["version"]["reference"]
    deployed = api.post(
        f"{API}/model-management/{reference}/deploy", json.dumps({}), content_type="application/json"
    )
    assert deployed.status_code == 200, deployed.json()
    answer = api.post(
        f"{API}/models/predict", json.dumps({"features": peer.rows}), content_type="application/json"
    ).json()
    np.testing.assert_allclose(answer["scores"], peer.scores, rtol=1e-12)
    assert scanned(api)[f"{name}/1"]["imported_as"] == reference


def test_log_lines_are_scored_by_a_model_of_the_registry(api: Client, source: TrainingSource) -> None:
    api.post(f"{API}/model-management/import/by-skops/1?source=reg")
    api.post(f"{API}/model-management/by-skops-1/deploy", "{}", content_type="application/json")
    lines = [{"message": f"Failed password from 10.0.0.{n}", "program": "sshd"} for n in range(5)]
    body = api.post(f"{API}/models/analyze", json.dumps(lines), content_type="application/json").json()
    assert (body["summary"]["scored"], body["summary"]["rejected"]) == (5, 0)


def test_its_run_and_alias_are_kept(api: Client, source: TrainingSource) -> None:
    api.post(f"{API}/model-management/import/by-skops/1?source=reg")
    kept = Transfer.objects.get().lineage
    assert (kept["aliases"], kept["run_name"]) == (["champion"], "by-skops")
    assert (kept["parameters"], kept["metrics"]) == ({"n_estimators": "10"}, {"score_mean": "0.41"})
