"""Fixtures for every test: a private home, no unpickling, the shared data where it is present."""

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import joblib
import pytest
from pytest_django.fixtures import Settings

from monitoring import metering
from monitoring.metering.process import Metering

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


LIMITS = ("THROTTLE_ANALYZE", "THROTTLE_IMPORT", "THROTTLE_OPERATE", "THROTTLE_READ", "FAILED_LOGINS")
UNLIMITED = dict.fromkeys(LIMITS, "0")


@pytest.fixture(autouse=True)
def hub_home(tmp_path: Path, settings: Settings) -> Path:
    """Store and staging in the test's own folder; no limits per caller but those that a test sets."""
    folders = {
        "STORE": tmp_path / "store",
        "STAGING": tmp_path / "staging",
        "METERING": tmp_path / "metering",
    }
    settings.MODELHUB = settings.MODELHUB | folders | UNLIMITED
    return tmp_path


@pytest.fixture(autouse=True)
def fresh_meters(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test records is written when it asks for that; no thread writes beside it."""
    monkeypatch.setattr(Metering, "start", lambda self: None)
    yield
    metering.forget()


@pytest.fixture(autouse=True)
def no_unpickling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test process opens a pickle: only the quarantine's child may, and that is another process.

    Tests of the scanner itself say so with the marker ``unpickles``.
    """
    if request.node.get_closest_marker("unpickles"):
        return

    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise AssertionError("a pickle was opened outside the quarantine")

    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(pickle, "Unpickler", refuse)
    monkeypatch.setattr(joblib, "load", refuse)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real labelled logs and packages; absent on most machines, required under CI."""
    if SHARED.is_dir():
        return SHARED
    if os.environ.get("CI") == "true":
        pytest.fail(f"the shared data folder {SHARED} is missing")
    pytest.skip(f"the shared data folder {SHARED} is absent")
