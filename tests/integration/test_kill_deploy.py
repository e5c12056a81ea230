"""Kill -9 at every durable step of a deploy: one version is in force before, after and on repeating."""

from functools import partial
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from inference.choices import FaultKind
from inference.resilience import stepping
from modelhub.actors import Actor, Channel
from modelhub.registry import lifecycle, references
from modelhub.registry.models import Alias, Deployment, LifecycleEvent, RegisteredModel
from modelhub.transfers.importing import import_local
from tests import killing, packages

pytestmark = pytest.mark.slow
ACTOR = Actor("tester", Channel.COMMAND)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> killing.Home:
    """Two versions, the first one deployed."""
    folder = tmp_path_factory.mktemp("kill")
    home = killing.migrated(folder / "template", django_db_blocker)
    for seed, label in enumerate(("first", "second")):
        package = packages.write_folder(folder / label, packages.service_members(label, seed=seed))
        home.run(partial(bring_in, package))
    home.run(partial(deploy, "first"))
    return home


@pytest.mark.parametrize(
    ("verb", "label"), [("deploy", "second"), ("rollback", "first"), ("fall_back", "first")]
)
def test_a_deploy_killed_at_any_step_leaves_one_version_in_force_and_can_be_repeated(
    verb: str, label: str, template: killing.Home, tmp_path: Path
) -> None:
    start = template
    if verb != "deploy":
        start = killing.copy_of(template, tmp_path / "start")
        start.run(partial(deploy, "second"))
    operation = partial({"deploy": deploy, "rollback": roll_back, "fall_back": fall_back}[verb], label)
    before = start.run(standing).answer
    whole = killing.copy_of(start, tmp_path / "whole")
    events = whole.run(operation).events
    after = whole.run(standing).answer
    assert after["open"] == [label]
    assert events > 10
    for step in killing.points(events, most=60 if verb == "fall_back" else 200):
        home = killing.copy_of(start, tmp_path / f"step{step}")
        assert home.run(operation, kill_at=step).killed, step
        assert home.run(standing).answer in (before, after), step
        home.run(operation)
        assert home.run(standing).answer == after, step


def bring_in(package: Path) -> None:
    import_local(package, ACTOR)


def deploy(label: str) -> None:
    lifecycle.deploy(references.find(label), ACTOR)


def roll_back(label: str) -> None:
    lifecycle.rollback(references.find(label), ACTOR)


def fall_back(label: str) -> None:
    """What a serving process asks for when the second version failed in it."""
    failed, target = references.find("second"), references.find(label)
    if failed.model.current_version == failed:
        assert stepping.step_back(failed, FaultKind.EXCEPTIONS, "5 of the last 5 calls failed") is not None
    assert lifecycle.fall_back(failed, target, reason="once more") is None


def standing() -> dict[str, object]:
    """Everything a deploy changes, without times and ids."""
    model = RegisteredModel.objects.get()
    return {
        "open": [deployment.version.label for deployment in Deployment.objects.open()],
        "current": model.current_version.label if model.current_version else None,
        "generation": model.generation,
        "deployments": Deployment.objects.count(),
        "fallbacks": Deployment.objects.filter(fallback_from__isnull=False).count(),
        "events": LifecycleEvent.objects.count(),
        "aliases": {alias.name: alias.version.label for alias in Alias.objects.all()},
    }
