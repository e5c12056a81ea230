"""The table of roles names what exists, and the groups are made from it."""

from itertools import pairwise

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db.models.signals import post_migrate

from modelhub.accounts import roles
from modelhub.accounts.groups import make_groups

NAMES = [role.name for role in roles.ROLES]


def _existing() -> set[str]:
    rows = Permission.objects.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


@pytest.mark.django_db
@pytest.mark.parametrize("pattern", sorted({one for role in roles.ROLES for one in role.adds}))
def test_every_named_permission_exists(pattern: str) -> None:
    name, _, codename = pattern.partition(".")
    assert [one for one in _existing() if roles.fnmatchcase(one, pattern)], (name, codename)


@pytest.mark.parametrize(("less", "more"), list(pairwise(NAMES)))
def test_each_role_includes_the_one_before(less: str, more: str) -> None:
    assert set(roles.patterns(less)) < set(roles.patterns(more))


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_the_group_grants_what_the_table_says(name: str) -> None:
    rows = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
    assert {f"{app}.{codename}" for app, codename in rows} == roles.chosen(name, _existing())


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("client", "registry.view_modelversion"),
        ("viewer", "registry.add_deployment"),
        ("viewer", "accounts.view_apitoken"),
        ("viewer", "audit.view_auditentry"),
        ("operator", "registry.force_modelversion"),
        ("operator", "registry.delete_modelversion"),
        ("operator", "transfers.add_trainingsource"),
        ("operator", "auth.change_user"),
        ("admin", "audit.delete_auditentry"),
        ("admin", "audit.change_auditentry"),
    ],
)
def test_nobody_may_more(role: str, permission: str) -> None:
    assert not roles.permits(role, permission)


@pytest.mark.django_db
def test_a_group_that_exists_keeps_what_an_admin_made_of_it() -> None:
    client = Group.objects.get(name="client")
    client.permissions.clear()
    make_groups()
    assert not client.permissions.exists()


@pytest.mark.django_db
def test_a_missing_group_is_made_again() -> None:
    Group.objects.filter(name="viewer").delete()
    make_groups()
    assert Group.objects.get(name="viewer").permissions.filter(codename="view_modelversion").exists()


@pytest.mark.django_db(transaction=True)
def test_the_groups_survive_a_flush() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert set(NAMES) <= set(Group.objects.values_list("name", flat=True))
    assert Group.objects.get(name="operator").permissions.filter(codename="import_package").exists()


def test_the_groups_are_made_with_every_migration() -> None:
    config = apps.get_app_config("accounts")
    assert post_migrate.has_listeners(config)
