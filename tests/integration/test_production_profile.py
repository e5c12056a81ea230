"""The production profile as the documentation sets it up: clean under ``check --deploy``, else refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTED = {
    "MODELHUB_PROFILE": "production",
    "SECRET_KEY": "k9$Wq2!xZp7#Lm4vRt8&Yb1cNf6^Hd3jGs5*Ae0uIoPw-QzXyTr",
    "ALLOWED_HOSTS": "hub.example.org",
    "DATABASE_URL": "postgres://user:password@db.example.org/modelhub",
    "BROKER_URL": "redis://queue.example.org/0",
    "CACHE_URL": "redis://queue.example.org/1",
    "NUM_PROXIES": "1",
    "WEB_WORKERS": "4",
}


def _check(home: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=kept | {"MODELHUB_HOME": str(home)} | DOCUMENTED | changed,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.slow
def test_the_documented_set_up_is_clean(tmp_path: Path) -> None:
    done = _check(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ALLOWED_HOSTS": "*"}, "modelhub.E002"),
        ({"CACHE_URL": ""}, "modelhub.W009"),
    ],
)
def test_a_worse_one_is_not(tmp_path: Path, changed: dict[str, str], code: str) -> None:
    done = _check(tmp_path, **changed)
    assert done.returncode == 1
    assert code in done.stderr


def test_every_variable_of_it_is_documented() -> None:
    documented = (ROOT / "docs" / "configuration.md").read_text()
    assert [name for name in DOCUMENTED if f"`{name}`" not in documented] == []
