"""Deleting frees files, label and content, keeps history, and never takes what is needed."""

import pytest
from pytest_django.fixtures import Settings

from modelhub.actors import Actor
from modelhub.audit.models import AuditEntry
from modelhub.errors import Code, Conflict, NotFound
from modelhub.registry import aliases, lifecycle, references, removal, storecheck
from modelhub.registry.models import Artifact, LifecycleEvent, ModelVersion
from tests.unit.modelhub.registry.conftest import MakeVersion


def used(version_ids: list[int]) -> dict[int, list[str]]:
    """A room above that needs every version."""
    return {pk: ["scoring job #7 runs with it"] for pk in version_ids}


def unused(version_ids: list[int]) -> dict[int, list[str]]:
    """A room above that needs none."""
    return {}


@pytest.fixture(autouse=True)
def nobody_above(settings: Settings, no_serving: None) -> None:
    """The rooms above need no version unless a test says so."""
    settings.MODELHUB = settings.MODELHUB | {"VERSION_USES": [f"{__name__}.unused"], "VERSION_EXTRAS": []}


def test_a_deleted_version_is_in_no_list_and_cannot_be_found(make_version: MakeVersion, actor: Actor) -> None:
    removal.delete(make_version("1"), actor)
    assert not ModelVersion.objects.exists()
    with pytest.raises(NotFound):
        references.find("1")


def test_its_row_and_history_stay_with_a_line_of_the_deletion(
    make_version: MakeVersion, actor: Actor
) -> None:
    version = make_version("1")
    removal.delete(version, actor, reason="a mistake")
    event = LifecycleEvent.objects.get(operation="delete")
    assert (event.version, event.actor, event.reason) == (version, "ada", "a mistake")
    assert ModelVersion.with_deleted.get().deleted_at is not None


def test_the_audit_trail_names_it(make_version: MakeVersion, actor: Actor) -> None:
    removal.delete(make_version("1"), actor)
    entry = AuditEntry.objects.get(action="version.delete")
    assert (entry.target, entry.outcome) == ("default:1", "done")


def test_its_blobs_are_released_and_found_as_leftovers(make_version: MakeVersion, actor: Actor) -> None:
    removed = removal.delete(make_version("1"), actor)
    assert (removed.released, removed.shared) == (1, 0)
    findings = storecheck.check()
    assert not findings.damaged
    assert any("belong to no version" in note for note in findings.notes)


def test_a_blob_that_another_version_needs_stays_referred_to(make_version: MakeVersion, actor: Actor) -> None:
    first, second = make_version("1"), make_version("2")
    shared = first.artifacts.get()
    Artifact.objects.create(version=second, role="metadata", sha256=shared.sha256, size_bytes=1)
    removed = removal.delete(first, actor)
    assert (removed.released, removed.shared) == (0, 1)
    assert Artifact.objects.filter(sha256=shared.sha256, version=second).exists()


def test_label_and_content_are_free_again(make_version: MakeVersion, actor: Actor) -> None:
    first = make_version("1")
    removal.delete(first, actor)
    again = make_version("1")
    ModelVersion.objects.filter(pk=again.pk).update(digest=first.digest)
    assert references.find("1").pk == again.pk != first.pk


@pytest.mark.parametrize("use", ["deployed", "loaded", "previous", "aliased", "job"])
def test_what_is_needed_is_not_deleted(
    make_version: MakeVersion, actor: Actor, settings: Settings, use: str
) -> None:
    version, other = make_version("1"), make_version("2")
    if use == "deployed":
        lifecycle.deploy(version, actor)
    elif use == "loaded":
        lifecycle.load(version, actor)
    elif use == "previous":
        lifecycle.deploy(version, actor)
        lifecycle.deploy(other, actor)
    elif use == "aliased":
        aliases.set_alias(version, "shadow", actor)
    else:
        settings.MODELHUB = settings.MODELHUB | {"VERSION_USES": [f"{__name__}.used"]}
    with pytest.raises(Conflict) as refused:
        removal.delete(version, actor)
    assert refused.value.code == Code.VERSION_IN_USE
    assert ModelVersion.objects.filter(pk=version.pk).exists()
    assert AuditEntry.objects.filter(action="version.delete", outcome="refused").exists()


def test_what_was_deleted_cannot_be_deleted_deployed_loaded_or_named(
    make_version: MakeVersion, actor: Actor
) -> None:
    version = make_version("1")
    removal.delete(ModelVersion.objects.get(pk=version.pk), actor)
    for operate in (removal.delete, lifecycle.deactivate, lifecycle.deploy, lifecycle.load):
        with pytest.raises((Conflict, NotFound, Exception)) as refused:
            operate(version, actor)
        assert type(refused.value).__module__ == "modelhub.errors"
    with pytest.raises(NotFound):
        aliases.set_alias(version, "shadow", actor)
