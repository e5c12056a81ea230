"""Every operation of the API against every role, through HTTP with tokens, as the checked-in table says."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from modelhub.accounts import roles, tokens
from modelhub.actors import Actor, Channel
from tests.walking import api_addresses

TABLE = Path(__file__).with_name("access_matrix.md")
ROLES = [role.name for role in roles.ROLES]
OPERATIONS = {operation: one for one in api_addresses() for operation in one.operations}


def _matrix() -> dict[str, list[bool]]:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["operation", *ROLES]
    return {row[0]: [{"yes": True, "–": False}[cell] for cell in row[1:]] for row in cells[1:]}


MATRIX = _matrix()


def test_every_operation_has_a_line() -> None:
    missing = sorted(set(OPERATIONS) - set(MATRIX))
    assert not missing, "add these to tests/contracts/access_matrix.md: " + "; ".join(missing)


def test_every_line_is_an_operation() -> None:
    assert not sorted(set(MATRIX) - set(OPERATIONS))


def test_roles_only_ever_gain() -> None:
    for operation, allowed in MATRIX.items():
        assert allowed == sorted(allowed), operation


@pytest.fixture
def credentials(db: None) -> dict[str, str]:
    """An Authorization header for each role."""
    found = {}
    for name in ROLES:
        user = User.objects.create(username=f"a {name}")
        user.groups.add(Group.objects.get(name=name))
        _, text = tokens.issue(user, name, Actor("tester", Channel.COMMAND), days=1)
        found[name] = f"Bearer {text}"
    return found


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says(role: str, credentials: dict[str, str]) -> None:
    client = Client(headers={"Authorization": credentials[role]}, raise_request_exception=False)
    place = ROLES.index(role)
    wrong = {}
    for operation in sorted(set(MATRIX) & set(OPERATIONS)):
        method = operation.split()[0]
        answer = client.generic(method, OPERATIONS[operation].path, b"{}", content_type="application/json")
        expected = MATRIX[operation][place]
        refused = answer.status_code in {401, 403}
        if refused == expected or answer.status_code == 500:
            wrong[operation] = answer.status_code
    assert not wrong
