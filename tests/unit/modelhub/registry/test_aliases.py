"""Aliases of people move between versions; those that follow deployments do not."""

import pytest

from modelhub.actors import Actor
from modelhub.audit.models import AuditEntry
from modelhub.errors import Code, InputInvalid, NotFound
from modelhub.registry import aliases, references
from modelhub.registry.models import LifecycleEvent
from tests.unit.modelhub.registry.conftest import MakeVersion


def test_an_alias_is_a_reference_to_the_version(make_version: MakeVersion, actor: Actor) -> None:
    version = make_version("1", model="wifi")
    assert aliases.set_alias(version, "shadow", actor).changed
    assert references.find("wifi@shadow") == version


def test_setting_it_on_another_version_moves_it(make_version: MakeVersion, actor: Actor) -> None:
    first, second = make_version("1"), make_version("2")
    aliases.set_alias(first, "shadow", actor)
    assert aliases.set_alias(second, "shadow", actor).moved_from == first
    assert references.find("default@shadow") == second


def test_setting_it_again_changes_nothing_and_writes_nothing(make_version: MakeVersion, actor: Actor) -> None:
    version = make_version("1")
    aliases.set_alias(version, "shadow", actor)
    assert not aliases.set_alias(version, "shadow", actor).changed
    assert LifecycleEvent.objects.count() == AuditEntry.objects.count() == 1


def test_a_removed_alias_means_nothing(make_version: MakeVersion, actor: Actor) -> None:
    version = make_version("1")
    aliases.set_alias(version, "shadow", actor)
    aliases.remove_alias(version, "shadow", actor, reason="trial over")
    with pytest.raises(NotFound):
        references.find("default@shadow")
    event = LifecycleEvent.objects.get(operation="unalias")
    assert (event.reason, event.before["alias"]) == ("trial over", "shadow")


def test_only_the_version_that_has_it_can_lose_it(make_version: MakeVersion, actor: Actor) -> None:
    first, second = make_version("1"), make_version("2")
    aliases.set_alias(first, "shadow", actor)
    with pytest.raises(NotFound):
        aliases.remove_alias(second, "shadow", actor)


@pytest.mark.parametrize("name", ["champion", "previous", "", "a b", "-x", "x" * 65, "a/b", "é", "a\x00"])
def test_other_names_are_refused(make_version: MakeVersion, actor: Actor, name: str) -> None:
    version = make_version("1")
    for operate in (aliases.set_alias, aliases.remove_alias):
        with pytest.raises(InputInvalid) as refused:
            operate(version, name, actor)
        assert refused.value.code == Code.PARAM_INVALID
