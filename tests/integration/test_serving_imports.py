"""What a process that serves forests never loads: each of these would cost every worker 5 to 80 MB."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from inference.runtimes.kernel import binding
from tests.integration.conftest import Trained

ROOT = Path(__file__).resolve().parent.parent.parent
HEAVY = ("sklearn", "scipy", "skops", "joblib", "pandas", "onnx", "onnxruntime", "river.drift", "rich")
_SERVE = """
import json, sys
from pathlib import Path
import django
django.setup()
import modelhub.urls
from django.urls import resolve
resolve("/health/live")
from inference import watching
from inference.api.door import Door
Door(lambda environ, start_response: [])
from monitoring import metering
metering.start()
import numpy as np
from inference.runtimes.catalog import open_runtime
from modelhub.artifacts.types import Role
runtime = open_runtime({Role.FOREST_TABLES: Path(sys.argv[1]).read_bytes()})
scores = runtime.score(np.zeros((1, runtime.n_features)))
from monitoring import early_warning
early_warning.feed(1, np.repeat(scores, 500), 0)
print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]))
"""


@pytest.fixture(scope="module")
def loaded(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Which of the heavy packages are loaded once a forest has scored a row in a fresh process."""
    folder = tmp_path_factory.mktemp("imports")
    (folder / "forest").write_bytes(trained.safe_form)
    environment = {
        "PATH": "/usr/bin:/bin",
        "MODELHUB_HOME": str(folder / "home"),
        "DJANGO_SETTINGS_MODULE": "modelhub.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", _SERVE, str(folder / "forest"), *HEAVY],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("name", HEAVY)
def test_a_serving_process_does_not_load(name: str, loaded: list[str]) -> None:
    if name.startswith("onnx") and binding.present() is None:
        pytest.skip("forests run on ONNX Runtime where the kernel is not built")
    assert name not in loaded
