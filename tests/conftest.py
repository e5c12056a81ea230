"""Fixtures for every test: a private home per test, the shared data where it is present."""

import os
from pathlib import Path

import pytest
from pytest_django.fixtures import SettingsWrapper


SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def hub_home(tmp_path: Path, settings: SettingsWrapper) -> Path:
    """Store and staging in the test's own folder."""
    settings.MODELHUB = settings.MODELHUB | {"STORE": tmp_path / "store", "STAGING": tmp_path / "staging"}
    return tmp_path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real labelled logs and packages; absent on most machines, required under CI."""
    if SHARED.is_dir():
        return SHARED
    if os.environ.get("CI") == "true":
        pytest.fail(f"the shared data folder {SHARED} is missing")
    pytest.skip(f"the shared data folder {SHARED} is absent")
