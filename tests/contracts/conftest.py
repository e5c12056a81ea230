"""The furnished hub, built once for a module; every test of it leaves it as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from tests.contracts.api import world
from tests.contracts.api.world import World


@pytest.fixture(scope="module")
def furnished(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The hub in a transaction of its own; tests that use it are marked ``django_db``."""
    with django_db_blocker.unblock(), world.furnished(tmp_path_factory.mktemp("hub")) as found:
        yield found


@pytest.fixture
def hub(furnished: World, hub_home: Path, settings: Settings) -> World:
    """The hub, its own folders in use."""
    settings.MODELHUB = furnished.settings
    return furnished
