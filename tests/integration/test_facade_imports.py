"""Each façade can be the first import of a plain script, which nobody prepared for Django."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    "line",
    [
        "from inference.manager import ModelManager",
        "from inference.validation.validator import ModelValidator",
        "from monitoring.monitor import ModelPerformanceMonitor",
        "from modelhub.transfers.service import ModelTransferService",
        "from modelhub.standalone import ensure_django; ensure_django(); ensure_django()",
    ],
)
def test_a_plain_script_imports_it_first(line: str, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "MODELHUB_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    script = f"{line}\nfrom django.apps import apps\nassert apps.ready"
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
