"""Each verb is one transaction, one history row, and leaves exactly one deployed and one current version."""

import pytest
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from modelhub import conf
from modelhub.actors import Actor
from modelhub.artifacts.store import Store
from modelhub.audit.models import AuditEntry
from modelhub.errors import Code, Conflict, GateFailed
from modelhub.registry import lifecycle, removal, standing
from modelhub.registry.models import Alias, Deployment, LifecycleEvent, ModelVersion, RegisteredModel
from tests.unit.modelhub.registry.conftest import MakeVersion


def _model() -> RegisteredModel:
    return RegisteredModel.objects.get(name="default")


def _aliases() -> dict[str, str]:
    return {alias.name: alias.version.label for alias in Alias.objects.select_related("version")}


def test_deploy_makes_a_version_deployed_and_current(make_version: MakeVersion, actor: Actor) -> None:
    version = make_version("1")
    outcome = lifecycle.deploy(version, actor, reason="first")
    assert outcome.changed
    assert standing.deployed_version(_model()) == _model().current_version == version
    assert _aliases() == {"champion": "1"}
    assert _model().generation == outcome.generation == 1


def test_deploy_leaves_one_row_that_says_who_when_why_before_and_after(
    make_version: MakeVersion, actor: Actor
) -> None:
    lifecycle.deploy(make_version("1"), actor)
    lifecycle.deploy(make_version("2"), actor, reason="better")
    event = LifecycleEvent.objects.first()
    assert event is not None
    assert (event.operation, event.actor, event.channel, event.reason) == (
        "deploy",
        "ada",
        "command",
        "better",
    )
    assert event.before == {"deployed": "default:1", "current": "default:1"}
    assert event.after == {"deployed": "default:2", "current": "default:2"}
    assert event.generation == 2


def test_deploying_again_changes_nothing(make_version: MakeVersion, actor: Actor) -> None:
    version = make_version("1")
    lifecycle.deploy(version, actor)
    outcome = lifecycle.deploy(version, actor)
    assert not outcome.changed
    assert Deployment.objects.count() == LifecycleEvent.objects.count() == _model().generation == 1


def test_the_next_deploy_closes_the_one_before_and_remembers_it(
    make_version: MakeVersion, actor: Actor
) -> None:
    first, second = make_version("1"), make_version("2")
    lifecycle.deploy(first, actor)
    outcome = lifecycle.deploy(second, actor)
    assert outcome.previous == first
    assert [d.version.label for d in Deployment.objects.open()] == ["2"]
    assert _aliases() == {"champion": "2", "previous": "1"}


def test_rollback_returns_to_an_earlier_version_and_keeps_it_deployed(
    make_version: MakeVersion, actor: Actor
) -> None:
    first, second = make_version("1"), make_version("2")
    lifecycle.deploy(first, actor)
    lifecycle.deploy(second, actor)
    outcome = lifecycle.rollback(first, actor, reason="worse")
    assert outcome.previous == second
    assert standing.deployed_version(_model()) == _model().current_version == first
    assert Deployment.objects.open().get().operation == "rollback"


def test_rollback_needs_a_version_that_was_deployed(make_version: MakeVersion, actor: Actor) -> None:
    lifecycle.deploy(make_version("1"), actor)
    with pytest.raises(Conflict) as refused:
        lifecycle.rollback(make_version("2"), actor)
    assert refused.value.code == Code.NO_ROLLBACK_TARGET


def test_a_trial_load_changes_what_serves_and_not_the_decision(
    make_version: MakeVersion, actor: Actor
) -> None:
    first, second = make_version("1"), make_version("2")
    lifecycle.deploy(first, actor)
    lifecycle.load(second, actor)
    assert standing.deployed_version(_model()) == first
    assert _model().current_version == second
    assert _model().generation == 2


def test_deploying_the_deployed_version_ends_a_trial(make_version: MakeVersion, actor: Actor) -> None:
    first, second = make_version("1"), make_version("2")
    lifecycle.deploy(first, actor)
    lifecycle.load(second, actor)
    assert lifecycle.deploy(first, actor).changed
    assert _model().current_version == first


@pytest.mark.parametrize("serving", [lifecycle.deploy, lifecycle.load])
def test_a_serving_version_cannot_be_deactivated(
    make_version: MakeVersion, actor: Actor, serving: lifecycle.Outcome
) -> None:
    version = make_version("1")
    serving(version, actor)  # type: ignore[operator]
    with pytest.raises(Conflict) as refused:
        lifecycle.deactivate(version, actor)
    assert refused.value.code == Code.VERSION_IN_USE


def test_a_deactivated_version_cannot_be_deployed_until_activated(
    make_version: MakeVersion, actor: Actor
) -> None:
    version = make_version("1")
    assert lifecycle.deactivate(version, actor).changed
    assert not lifecycle.deactivate(version, actor).changed
    with pytest.raises(GateFailed) as refused:
        lifecycle.deploy(version, actor)
    assert [error.code for error in refused.value.errors] == ["active"]
    assert lifecycle.activate(version, actor).changed
    assert lifecycle.deploy(version, actor).changed


def test_a_damaged_blob_stops_a_deploy(make_version: MakeVersion, actor: Actor) -> None:
    good, bad = make_version("1"), make_version("2")
    lifecycle.deploy(good, actor)
    path = Store(conf.store_root()).path(bad.digest)
    path.chmod(0o600)
    path.write_bytes(b"something else")
    with pytest.raises(GateFailed) as refused:
        lifecycle.deploy(bad, actor)
    assert [error.code for error in refused.value.errors] == ["intact"]
    assert standing.deployed_version(_model()) == _model().current_version == good


def test_a_version_that_does_not_load_is_not_deployed(
    make_version: MakeVersion, actor: Actor, settings: Settings
) -> None:
    failing = "tests.unit.modelhub.registry.conftest.does_not_load"
    settings.MODELHUB = settings.MODELHUB | {"DEPLOY_PREFLIGHT": failing}
    with pytest.raises(GateFailed, match="no finite score"):
        lifecycle.deploy(make_version("1"), actor)
    assert not Deployment.objects.exists()


def test_an_operation_prepared_against_an_older_state_conflicts(
    make_version: MakeVersion, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_version("1"), make_version("2")
    passes = lifecycle.gates.pass_all

    def somebody_else_is_faster(version: ModelVersion, actor: Actor, *, quality: bool = True) -> None:
        passes(version, actor, quality=quality)
        if version == first:
            lifecycle.deploy(second, actor)

    monkeypatch.setattr(lifecycle.gates, "pass_all", somebody_else_is_faster)
    with pytest.raises(Conflict) as refused:
        lifecycle.deploy(first, actor)
    assert refused.value.code == Code.DEPLOYMENT_CONFLICT
    assert standing.deployed_version(_model()) == second


def test_a_version_deleted_while_its_gates_are_asked_is_a_conflict_and_not_called_damaged(
    make_version: MakeVersion, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = make_version("1")
    is_intact = lifecycle.gates.GATES["intact"]

    def somebody_deletes_it(asked: ModelVersion) -> str:
        removal.delete(ModelVersion.objects.get(pk=asked.pk), actor)
        return is_intact(asked)

    monkeypatch.setitem(lifecycle.gates.GATES, "intact", somebody_deletes_it)
    with pytest.raises(Conflict, match="deleted meanwhile") as refused:
        lifecycle.deploy(version, actor)
    assert refused.value.code == Code.VERSION_NOT_DEPLOYABLE
    assert ModelVersion.with_deleted.get().corrupt_at is None
    assert not AuditEntry.objects.filter(action="version.corrupt").exists()


def test_the_database_itself_refuses_a_second_open_deployment(
    make_version: MakeVersion, actor: Actor
) -> None:
    first, second = make_version("1"), make_version("2")
    lifecycle.deploy(first, actor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.create(
            model=_model(), version=second, operation="deploy", actor="x", channel="api", generation=99
        )
