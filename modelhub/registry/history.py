"""One line of history: the row on the version, and the entry in the audit trail that says the same."""

from collections.abc import Mapping
from typing import Any

from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.registry.choices import Operation
from modelhub.registry.models import LifecycleEvent, ModelVersion, RegisteredModel


def write(
    model: RegisteredModel,
    version: ModelVersion,
    operation: Operation,
    actor: Actor,
    *,
    action: str,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> LifecycleEvent:
    """Both are written if the caller's transaction commits; call it last in there.

    ``action`` is the trail's word for it, such as ``version.delete``.
    """
    event = LifecycleEvent.objects.create(
        model=model,
        version=version,
        operation=operation,
        actor=actor.name,
        channel=actor.channel,
        reason=reason,
        before=dict(before or {}),
        after=dict(after or {}),
        generation=model.generation,
    )
    said = event.after | {"generation": model.generation}
    trail.record(action, version.reference, actor, reason=reason, before=event.before, after=said)
    return event
