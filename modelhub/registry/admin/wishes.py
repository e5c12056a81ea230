"""The operations that pages offer on a version: their words, permission and what performs them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from modelhub.actors import Actor
from modelhub.registry import lifecycle, removal
from modelhub.registry.choices import Operation
from modelhub.registry.lifecycle import Outcome
from modelhub.registry.models import ModelVersion


@dataclass(frozen=True, slots=True)
class Wish:
    """One operation: ``gated`` ones run the gates live and compare with what serves.

    ``asks_quality`` ones ask the validation report too, and ``can_force`` ones may pass by it.
    """

    operation: Operation
    permission: str
    perform: Callable[..., Outcome]
    question: str
    effect: str
    done: str
    gated: bool = True
    asks_quality: bool = False
    can_force: bool = False

    @property
    def label(self) -> Any:
        """The verb on the button."""
        return self.operation.label


def _delete(version: ModelVersion, actor: Actor, *, reason: str = "") -> Outcome:
    removed = removal.delete(version, actor, reason=reason)
    return Outcome(removed.version, True, removed.version.model.generation)


WISHES: dict[str, Wish] = {
    Operation.DEPLOY: Wish(
        Operation.DEPLOY,
        "registry.add_deployment",
        lifecycle.deploy,
        "Deploy this version?",
        "It becomes the deployed version by decision. Every serving process loads it beside the old one and "
        "swaps within a second; requests in flight finish on the old one.",
        "{version} is deployed.",
        asks_quality=True,
        can_force=True,
    ),
    Operation.ROLLBACK: Wish(
        Operation.ROLLBACK,
        "registry.rollback_deployment",
        lifecycle.rollback,
        "Roll back to this version?",
        "It was deployed before and serves again by decision. The version that serves now stays available.",
        "Rolled back to {version}.",
    ),
    Operation.LOAD: Wish(
        Operation.LOAD,
        "registry.load_modelversion",
        lifecycle.load,
        "Load this version for a trial?",
        "It serves right away, but the deployed version stays the decision on record. Deploy the other one "
        "again to end the trial.",
        "{version} is loaded for a trial.",
        asks_quality=True,
    ),
    Operation.ACTIVATE: Wish(
        Operation.ACTIVATE,
        "registry.toggle_modelversion",
        lifecycle.activate,
        "Activate this version?",
        "It may be loaded and deployed again. Nothing changes in what serves.",
        "{version} is active.",
        gated=False,
    ),
    Operation.DEACTIVATE: Wish(
        Operation.DEACTIVATE,
        "registry.toggle_modelversion",
        lifecycle.deactivate,
        "Deactivate this version?",
        "It can no longer be loaded or deployed until it is activated again. Nothing is deleted.",
        "{version} is inactive.",
        gated=False,
    ),
    Operation.DELETE: Wish(
        Operation.DELETE,
        "registry.delete_modelversion",
        _delete,
        "Delete this version?",
        "It leaves every list, and the daily sweep removes its files for good: to have it back, its package "
        "must be imported again. Its history, deployments and transfers stay readable. Its label is free for "
        "another package.",
        "{version} is deleted; its history stays.",
        gated=False,
    ),
}
