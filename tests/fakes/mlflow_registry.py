"""An MLflow tracking server's registry as it answers: aliases only where they are right, paged lists."""

import json
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import skops.io
import yaml
from sklearn.ensemble import IsolationForest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tests import packages
from tests.fakes.serving import serving

API = "/api/2.0/mlflow"
PICKLE = "model.pkl"
SKOPS = "model.skops"


@dataclass(slots=True)
class Version:
    """One model version with its files by name."""

    name: str
    number: str
    files: dict[str, bytes]
    uri: str
    status: str = "READY"
    created_at_ms: int = 1_795_000_000_000

    def told(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": self.number,
            "creation_timestamp": self.created_at_ms,
            "last_updated_timestamp": self.created_at_ms + 5,
            "user_id": "maria",
            "current_stage": "None",
            "source": "models:/m-1",
            "run_id": "r1",
            "status": self.status,
            "tags": [{"key": "team", "value": "net"}],
            "aliases": [],
        }


@dataclass(slots=True)
class MlflowRegistry:
    """State of the fake: its versions, aliases by model, the requests it got."""

    url: str = ""
    versions: list[Version] = field(default_factory=list)
    aliases: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    page_size: int = 2
    serves_artifacts: bool = True

    def add(
        self,
        name: str = "wifi",
        number: str = "1",
        *,
        files: Mapping[str, bytes] | None = None,
        uri: str = "",
        seed: int = 0,
        **more: Any,
    ) -> Version:
        """A small real pipeline, logged with a signature, as a version of ``name``."""
        place = uri or f"mlflow-artifacts:/0/models/m-{len(self.versions)}/artifacts"
        version = Version(name, number, dict(files or logged(seed=seed)), place, **more)
        self.versions.append(version)
        return version


@contextmanager
def mlflow_registry() -> Iterator[MlflowRegistry]:
    """A registry on a port of this machine."""
    registry = MlflowRegistry()

    class Handler(_Handler):
        state = registry

    with serving(Handler) as url:
        registry.url = url
        yield registry


def logged(*, seed: int = 0, serialization: str = "cloudpickle", signature: bool = True) -> dict[str, bytes]:
    """The files of a logged scikit-learn pipeline."""
    file = SKOPS if serialization == "skops" else PICKLE
    pipeline = fitted_pipeline(seed)
    data = skops.io.dumps(pipeline) if serialization == "skops" else pickle.dumps(pipeline, protocol=4)
    return {file: data, "MLmodel": mlmodel(file, serialization, signature=signature)}


def mlmodel(file: str = PICKLE, serialization: str = "cloudpickle", *, signature: bool = True) -> bytes:
    """An MLmodel file as MLflow 3 writes it."""
    columns = [{"type": "double", "name": name, "required": True} for name in packages.NAMES]
    content = {
        "flavors": {
            "python_function": {"loader_module": "mlflow.sklearn", "model_path": file},
            "sklearn": {
                "code": None,
                "pickled_model": file,
                "serialization_format": serialization,
                "sklearn_version": "1.9.1",
            },
        },
        "mlflow_version": "3.17.2",
        "model_id": "m-1",
        "run_id": "r1",
        "signature": {"inputs": json.dumps(columns), "outputs": "[]"} if signature else None,
    }
    return yaml.safe_dump(content).encode()


@cache
def fitted_pipeline(seed: int = 0, *, named: bool = True) -> Pipeline:
    """Scaler and eight trees on 64 rows of the training service's 32 columns."""
    rows = np.random.default_rng(seed).normal(size=(64, len(packages.NAMES)))
    forest = IsolationForest(n_estimators=8, contamination=0.1, random_state=seed)
    pipeline = Pipeline([("scale", StandardScaler()), ("forest", forest)]).fit(rows)
    if named:  # as after fitting a data frame
        pipeline[0].feature_names_in_ = np.array(packages.NAMES, dtype=object)
    return pipeline


class _Handler(BaseHTTPRequestHandler):
    state: MlflowRegistry

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.state.requests.append(self.path)
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        path = unquote(parts.path)
        if path.startswith("/api/2.0/mlflow-artifacts/artifacts/"):
            self._artifact(path.removeprefix("/api/2.0/mlflow-artifacts/artifacts/"))
            return
        routes = {
            f"{API}/registered-models/search": self._models,
            f"{API}/registered-models/get": self._model,
            f"{API}/model-versions/search": self._versions,
            f"{API}/model-versions/get": self._version,
            f"{API}/model-versions/get-download-uri": self._download_uri,
            f"{API}/runs/get": self._run,
            "/model-versions/get-artifact": self._fallback,
        }
        if path in routes:
            routes[path](query)
        else:
            self._missing()

    def _models(self, query: dict[str, str]) -> None:
        names = sorted({version.name for version in self.state.versions})
        self._page("registered_models", [{"name": name, "aliases": []} for name in names], query)

    def _versions(self, query: dict[str, str]) -> None:
        self._page("model_versions", [version.told() for version in self.state.versions], query)

    def _page(self, key: str, found: list[Any], query: dict[str, str]) -> None:
        start = int(query.get("page_token", "0"))
        end = start + self.state.page_size
        token = {"next_page_token": str(end)} if end < len(found) else {}
        self._json({key: found[start:end]} | token)

    def _model(self, query: dict[str, str]) -> None:
        if not any(version.name == query["name"] for version in self.state.versions):
            self._missing()
            return
        aliases = [{"alias": a, "version": v} for a, v in self.state.aliases.get(query["name"], {}).items()]
        self._json({"registered_model": {"name": query["name"], "aliases": aliases}})

    def _version(self, query: dict[str, str]) -> None:
        version = self._found(query)
        self._json({"model_version": version.told()}) if version else self._missing()

    def _download_uri(self, query: dict[str, str]) -> None:
        version = self._found(query)
        self._json({"artifact_uri": version.uri}) if version else self._missing()

    def _run(self, query: dict[str, str]) -> None:
        data = {
            "params": [{"key": "n_estimators", "value": "8"}],
            "metrics": [{"key": "score_mean", "value": 0.4, "timestamp": 1, "step": 0}],
            "tags": [
                {"key": "mlflow.user", "value": "maria"},
                {"key": "mlflow.log-model.history", "value": "[]"},
            ],
        }
        self._json(
            {"run": {"info": {"run_id": "r1", "run_name": "calm-owl", "experiment_id": "0"}, "data": data}}
        )

    def _artifact(self, path: str) -> None:
        for version in self.state.versions:
            inside = version.uri.removeprefix("mlflow-artifacts:/") + "/"
            if self.state.serves_artifacts and path.startswith(inside):
                self._file(version, path.removeprefix(inside))
                return
        self._missing()

    def _fallback(self, query: dict[str, str]) -> None:
        version = self._found(query)
        self._file(version, query["path"]) if version and self.state.serves_artifacts else self._missing()

    def _file(self, version: Version, name: str) -> None:
        data = version.files.get(name)
        self._bytes(data, 200) if data is not None else self._missing()

    def _found(self, query: dict[str, str]) -> Version | None:
        wanted = (query["name"], query["version"])
        return next((one for one in self.state.versions if (one.name, one.number) == wanted), None)

    def _missing(self) -> None:
        self._json({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not found"}, 404)

    def _json(self, value: object, status: int = 200) -> None:
        self._bytes(json.dumps(value).encode(), status)

    def _bytes(self, data: bytes, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
