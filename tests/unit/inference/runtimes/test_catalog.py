"""Which runtime is chosen, what it costs a process, and that it runs where almost nothing is allowed."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from inference.runtimes import catalog
from inference.runtimes import forest as forest_engines
from inference.runtimes.kernel import binding
from inference.runtimes.sklearn_form import SklearnRuntime
from modelhub.artifacts.types import Role
from modelhub.errors import ArtefactCorrupt, Code, PackageRefused
from tests.fitted import forest, forest_blobs, training_rows

_ROWS = training_rows()
_BLOBS = forest_blobs(*forest(_ROWS))


def test_tables_are_preferred_to_estimators() -> None:
    assert not isinstance(catalog.open_runtime(_BLOBS), SklearnRuntime)
    assert isinstance(catalog.open_runtime({Role.ESTIMATORS: _BLOBS[Role.ESTIMATORS]}), SklearnRuntime)


def test_both_safe_forms_of_a_forest_score_alike() -> None:
    estimators = {Role.ESTIMATORS: _BLOBS[Role.ESTIMATORS]}
    compiled, original = (catalog.score_safe_form(blobs, _ROWS) for blobs in (_BLOBS, estimators))
    assert np.array_equal(compiled, original)


def test_a_version_without_safe_form_is_refused() -> None:
    with pytest.raises(ArtefactCorrupt, match="no safe form"):
        catalog.open_runtime({Role.METADATA: b"{}"})


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", _BLOBS[Role.FOREST_TABLES][:500]])
def test_unreadable_tables_are_refused_without_a_traceback(data: bytes) -> None:
    with pytest.raises((ArtefactCorrupt, PackageRefused)) as caught:
        catalog.open_runtime({Role.FOREST_TABLES: data})
    assert caught.value.code in {Code.ARTEFACT_CORRUPT, Code.MODEL_STRUCTURE}


def test_a_process_with_forests_only_loads_neither_scikit_learn_nor_django() -> None:
    _run(
        "import sys\n"
        "from inference.runtimes import catalog\n"
        "from modelhub.artifacts.types import Role\n"
        "catalog.open_runtime({Role.FOREST_TABLES: sys.stdin.buffer.read()})\n"
        "loaded = {'sklearn', 'scipy', 'skops', 'django', 'pandas'} & set(sys.modules)\n"
        "assert not loaded, loaded\n",
        _BLOBS[Role.FOREST_TABLES],
    )


@pytest.mark.skipif(binding.present() is None, reason="the forest kernel is not compiled here")
def test_a_process_with_the_kernel_loads_no_onnx_runtime() -> None:
    _run(
        "import sys\n"
        "import numpy as np\n"
        "from inference.runtimes import catalog\n"
        "from modelhub.artifacts.types import Role\n"
        "catalog.score_safe_form({Role.FOREST_TABLES: sys.stdin.buffer.read()}, np.zeros((3, 6)))\n"
        "loaded = {'onnx', 'onnxruntime', 'google', 'ml_dtypes'} & set(sys.modules)\n"
        "assert not loaded, loaded\n",
        _BLOBS[Role.FOREST_TABLES],
    )


@pytest.mark.parametrize("engine", forest_engines.ENGINES)
def test_nothing_is_kept_or_sent_about_use(tmp_path: Path, engine: str) -> None:
    _run(
        "import sys\n"
        "from inference.runtimes import catalog\n"
        "from modelhub.artifacts.types import Role\n"
        f"catalog.open_runtime({{Role.FOREST_TABLES: sys.stdin.buffer.read()}}, forest_engine='{engine}')\n",
        _BLOBS[Role.FOREST_TABLES],
        home=tmp_path,
    )
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
def test_after_a_first_call_forests_score_under_the_quarantine_filter() -> None:
    _run(
        "import ctypes, os, sys\n"
        "import numpy as np\n"
        "from inference.runtimes import catalog\n"
        "from modelhub.artifacts.quarantine import seccomp\n"
        "from modelhub.artifacts.types import Role\n"
        "blobs = {Role.FOREST_TABLES: sys.stdin.buffer.read()}\n"
        "catalog.score_safe_form(blobs, np.zeros((1, 6)))\n"
        "assert ctypes.CDLL(None).prctl(38, 1, 0, 0, 0) == 0\n"  # PR_SET_NO_NEW_PRIVS
        "assert seccomp.install()\n"
        "scores = catalog.score_safe_form(blobs, np.ones((5000, 6)))\n"
        "os._exit(0 if scores.shape == (5000,) and np.ptp(scores) == 0 else 7)\n",
        _BLOBS[Role.FOREST_TABLES],
    )


def test_only_the_engine_module_opens_onnx_runtime() -> None:
    root = Path(catalog.__file__).parents[2]
    folders = ("modelhub", "monitoring", "inference")
    importers = [
        str(path.relative_to(root))
        for folder in folders
        for path in (root / folder).rglob("*.py")
        if "import onnxruntime" in path.read_text() or "from onnxruntime" in path.read_text()
    ]
    assert importers == ["inference/runtimes/engine.py"]


def _run(program: str, data: bytes, *, home: Path | None = None) -> None:
    environment = dict(os.environ)
    if home is not None:
        environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home)}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    done = subprocess.run(
        [sys.executable, "-c", program], input=data, capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_a_pipeline_tells_what_is_usual_by_the_scaler_it_begins_with() -> None:
    model, scaler = forest(_ROWS)
    runtime = SklearnRuntime(Pipeline([("scaler", scaler), ("forest", model)]), None)
    assert np.array_equal(runtime.center, scaler.mean_)
    assert np.array_equal(runtime.spread, scaler.scale_)
