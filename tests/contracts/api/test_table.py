"""Every operation × its success, its errors and each role, in both spellings, through HTTP to the database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from tests.contracts.api import document, general, running, world
from tests.contracts.api.case import Case
from tests.contracts.api.table import cases
from tests.contracts.api.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def hub(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One hub for all cases; each leaves it as it was."""
    with django_db_blocker.unblock(), world.furnished(tmp_path_factory.mktemp("hub")) as found:
        yield found


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_answer_is_the_tables(case: Case, hub: World, hub_home: Path, settings: Settings) -> None:
    settings.MODELHUB = hub.settings
    for slash in ("", "/"):
        assert not running.faults(case, running.answered(case, hub, slash=slash)), f"with {slash!r}"


def test_every_operation_of_the_matrix_and_of_the_document_is_in_the_table() -> None:
    shown = {case.operation for case in cases() if case.is_success}
    assert shown == set(general.matrix())
    assert set(general.documented()) <= shown


def test_names_of_cases_are_unique() -> None:
    names = [case.name for case in cases()]
    assert len(names) == len(set(names))


def test_the_written_table_is_this_one() -> None:
    assert document.PLACE.read_text() == document.text(), "run: python -m tests.contracts.api.write"
