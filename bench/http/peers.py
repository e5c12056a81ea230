"""Every server under test: how its environment starts it, what it is sent, and which labels it answers.

``default`` is what the server's own guide begins with, ``best`` the fastest configuration that its guide
knows, ``bare`` (FastAPI with our engine only) leaves out what a service needs, to see what that costs.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.http.workload import Matrix

_ROOT = Path(__file__).resolve().parent.parent.parent
_SERVING = Path(__file__).resolve().parent / "serving"
OURS = "modelhub"


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a server: its own empty folder, its port and two more, its interpreter, the model."""

    folder: Path
    ports: tuple[int, int, int]
    python: Path
    pipeline: Path
    tables: Path

    @property
    def port(self) -> int:
        """The one that takes requests."""
        return self.ports[0]

    def program(self, name: str) -> str:
        """A program of the environment."""
        return str(self.python.parent / name)


@dataclass(frozen=True, slots=True)
class Peer:
    """A server in one configuration.

    ``command`` prepares the folder and says what to run, ``body`` writes rows as the server wants them,
    ``labels`` reads -1 and 1 out of its answer; ``first`` is a module that its interpreter runs beforehand.
    """

    name: str
    configuration: str
    environment: str
    path: str
    ready: str
    command: Callable[[Start], list[str]]
    body: Callable[[Matrix], Any]
    labels: Callable[[Any], list[int]]
    variables: Mapping[str, str] = field(default_factory=dict)
    first: str = ""

    @property
    def key(self) -> str:
        """Its name in tables and results."""
        return f"{self.name} {self.configuration}"


_MLFLOW_SAVING = """
import joblib, mlflow.sklearn, numpy, pandas, subprocess, sys
pipeline, signature = joblib.load({pipeline!r}), None
if {signed}:
    rows = pandas.DataFrame(numpy.ones((5, 32)), columns=[f"column_{{place}}" for place in range(32)])
    signature = mlflow.models.infer_signature(rows, pipeline.predict(rows.to_numpy()))
mlflow.sklearn.save_model(pipeline, "saved", signature=signature, serialization_format="cloudpickle")
raise SystemExit(subprocess.call(sys.argv[1:]))
"""


def _mlserver(start: Start, *, best: bool) -> list[str]:
    server: dict[str, Any] = dict(
        zip(("http_port", "grpc_port", "metrics_port"), start.ports, strict=True), host="127.0.0.1"
    )
    model: dict[str, Any] = {
        "name": "detector",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(start.pipeline)},
    }
    if best:
        server |= {"debug": False, "parallel_workers": 2, "gzip_enabled": False}
        model |= {"max_batch_size": 64, "max_batch_time": 0.005}
    (start.folder / "settings.json").write_text(json.dumps(server))
    (start.folder / "model-settings.json").write_text(json.dumps(model))
    return [start.program("mlserver"), "start", "."]


def _mlserver_body(rows: Matrix) -> Any:
    data = rows.ravel().tolist()
    return {"inputs": [{"name": "rows", "shape": list(rows.shape), "datatype": "FP64", "data": data}]}


def _bentoml(start: Start, *, service: str) -> list[str]:
    where = ("--host", "127.0.0.1", "--port", str(start.port), "--working-dir", str(_SERVING))
    return [start.program("bentoml"), "serve", f"{service}:Detector", *where]


def _mlflow(start: Start, *, best: bool) -> list[str]:
    """Saving needs MLflow itself, so the server's own interpreter saves the pipeline before it serves.

    With a signature, as the guide saves, each call is checked against it as a table; without one the rows
    go to the model as they are.
    """
    save = _MLFLOW_SAVING.format(pipeline=str(start.pipeline), signed=not best)
    serve = (start.program("mlflow"), "models", "serve", "--model-uri", "saved", "--env-manager", "local")
    where = ("--host", "127.0.0.1", "--port", str(start.port), "--workers", "2" if best else "1")
    return [str(start.python), "-c", save, *serve, *where]


def _fastapi(start: Start, *, module: str) -> list[str]:
    where = ("--host", "127.0.0.1", "--port", str(start.port), "--workers", "2", "--no-access-log")
    return [start.program("uvicorn"), f"bench.http.serving.{module}:app", *where]


def _table(rows: Matrix) -> Any:
    names = [f"column_{place}" for place in range(rows.shape[1])]
    return {"dataframe_split": {"columns": names, "data": rows.tolist()}}


def _features(rows: Matrix) -> Any:
    return {"features": rows.tolist()}


def _predictions(answer: Any) -> list[int]:
    labels: list[int] = answer["predictions"]
    return labels


def _bound(function: Callable[..., list[str]], **chosen: Any) -> Callable[[Start], list[str]]:
    return lambda start: function(start, **chosen)


def _one_thread(**more: str) -> dict[str, str]:
    """Several pools of threads in one machine only spin against each other."""
    return {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | more


def _fastapi_peer(scorer: str, name: str, environment: str, configuration: str) -> Peer:
    return Peer(
        name, configuration, environment, "/predict", "/ready",
        _bound(_fastapi, module=f"fastapi_{configuration}"), _features, _predictions,
        _one_thread(PYTHONPATH=str(_ROOT), SCORER=scorer),
        first="inference.runtimes.kernel.build" if scorer == "engine" else "",
    )  # fmt: skip


def _labels(answer: Any) -> Any:
    return answer["outputs"][0]["data"]


def _same(answer: Any) -> Any:
    return answer


def _rows(matrix: Any) -> dict[str, Any]:
    return {"rows": matrix.tolist()}


def _inputs(matrix: Any) -> dict[str, Any]:
    return {"inputs": matrix.tolist()}


def _peers() -> list[Peer]:
    v2 = ("/v2/models/detector/infer", "/v2/health/ready")
    found = [
        Peer("MLServer", "default", "mlserver", *v2, _bound(_mlserver, best=False), _mlserver_body, _labels),
        Peer("MLServer", "best", "mlserver", *v2, _bound(_mlserver, best=True), _mlserver_body, _labels,
             _one_thread()),
        Peer("BentoML", "default", "bentoml", "/predict", "/readyz",
             _bound(_bentoml, service="bento_default"), _rows, _same),
        Peer("BentoML", "best", "bentoml", "/predict", "/readyz",
             _bound(_bentoml, service="bento_best"), _rows, _same, _one_thread()),
        Peer("MLflow", "default", "mlflow", "/invocations", "/ping", _bound(_mlflow, best=False), _table,
             _predictions),
        Peer("MLflow", "best", "mlflow", "/invocations", "/ping", _bound(_mlflow, best=True), _inputs,
             _predictions, _one_thread()),
    ]  # fmt: skip
    found += [
        _fastapi_peer("scikit-learn", "FastAPI + scikit-learn", "fastapi", kind)
        for kind in ("default", "best")
    ]
    return found + [
        _fastapi_peer("engine", "FastAPI + our engine", "fastapi-engine", kind)
        for kind in ("default", "best", "bare")
    ]


PEERS = _peers()
