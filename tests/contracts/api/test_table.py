"""Every operation × its success, its errors, each role, in both spellings, through HTTP to the database."""

import pytest

from tests.contracts.api import document, general, running
from tests.contracts.api.case import Case
from tests.contracts.api.table import cases
from tests.contracts.api.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_answer_is_the_tables(case: Case, hub: World) -> None:
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
