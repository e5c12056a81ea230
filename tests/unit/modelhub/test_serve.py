"""What the workers of the web server are forked from: everything imported, nothing open, nothing running."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent.parent
_LOAD = """
import gc, json, os, sys, threading
from modelhub import serve
serve.load()
from django.db import connections
blocked = [name for name in serve.UNUSED if name in sys.modules]
loaded = set(sys.modules)
threads = threading.active_count(), len(os.listdir("/proc/self/task"))
open_ones = len(connections.all(initialized_only=True))
frozen = gc.get_freeze_count()
files = [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if int(name) > 2]
import modelhub.wsgi
came = sorted(name for name in set(sys.modules) - loaded if name.startswith(("django.", "inference.", "csp")))
import pygments
print(json.dumps([blocked, sorted(loaded), threads, open_ones, frozen, files, came]))
os._exit(0)
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh process holds after ``load()``, and what its worker still imports at the start."""
    home = tmp_path_factory.mktemp("serve") / "home"
    environment = {"PATH": os.environ["PATH"], "MODELHUB_HOME": str(home), "LOG_LEVEL": "CRITICAL"}
    done = subprocess.run(
        [sys.executable, "-u", "-c", _LOAD],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    names = ("blocked", "loaded", "threads", "connections", "frozen", "files", "came")
    return dict(zip(names, json.loads(done.stdout), strict=True))


def test_no_thread_runs_when_workers_are_forked(state: dict[str, Any]) -> None:
    assert state["threads"] == [1, 1]


def test_no_database_connection_is_shared_with_workers(state: dict[str, Any]) -> None:
    assert state["connections"] == 0
    assert not [name for name in state["files"] if "sqlite" in name or "socket:" in name]


def test_collections_of_workers_leave_shared_pages_alone(state: dict[str, Any]) -> None:
    assert state["frozen"] > 100_000


@pytest.mark.parametrize("name", ["requests", "urllib3", "pygments", "psycopg"])
def test_workers_hold_no(name: str, state: dict[str, Any]) -> None:
    assert name not in state["loaded"]


def test_what_was_kept_out_can_be_imported_afterwards(state: dict[str, Any]) -> None:
    assert state["blocked"] == []  # the process went on to import one of them


def test_a_worker_imports_next_to_nothing_of_its_own(state: dict[str, Any]) -> None:
    assert state["came"] == []


def test_the_servers_own_allocator_keeps_one_arena(tmp_path: Path) -> None:
    """It says itself what it was told, and reads nothing any more once granian is imported."""
    asked = "from modelhub import serve; serve.SERVER_MEMORY += ',confirm_conf:true'; serve.main()"
    environment = {"PATH": os.environ["PATH"], "MODELHUB_HOME": str(tmp_path), "LOG_LEVEL": "CRITICAL"}
    done = subprocess.run(
        [sys.executable, "-c", asked, "--help"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    if "<jemalloc>" not in done.stderr:
        pytest.skip("granian has no jemalloc on this system")
    assert "Set conf value: narenas:1\n" in done.stderr
    assert "Set conf value: tcache:false\n" in done.stderr
    assert "Invalid conf" not in done.stderr
