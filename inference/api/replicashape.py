"""One serving process in the answers of the API."""

from typing import Any

from rest_framework import serializers

from inference.models import Replica
from inference.serving.agreement import State, state_of

REPLICA = {
    "id": "node:4711:1795381802",
    "state": "serving",
    "version": "20261122_210422",
    "generation": 1,
    "memory_bytes": 128_450_560,
    "started_at": "2026-11-22T21:00:02Z",
    "loaded_at": "2026-11-22T21:10:02Z",
    "seen_at": "2026-11-22T21:15:00Z",
    "problem": None,
}


class ReplicaShape(serializers.Serializer[Any]):
    """What one serving process last reported."""

    id = serializers.CharField()
    state = serializers.ChoiceField(
        choices=[(state.value, state.value) for state in State],
        help_text="degraded: another version than the wanted one answers; empty: nothing answers; "
        "stale: it has not reported for half a minute.",
    )
    version = serializers.CharField(allow_null=True, help_text="Null while it holds none.")
    generation = serializers.IntegerField()
    memory_bytes = serializers.IntegerField(allow_null=True, help_text="Resident at the last report.")
    started_at = serializers.DateTimeField(allow_null=True, help_text="When the process began.")
    loaded_at = serializers.DateTimeField(allow_null=True, help_text="When the version came into service.")
    seen_at = serializers.DateTimeField(help_text="Of the last report; they come every ten seconds.")
    problem = serializers.CharField(allow_null=True)


def presented(row: Replica) -> dict[str, Any]:
    """The row in the shape of :class:`ReplicaShape`."""
    return {
        "id": row.process,
        "state": state_of(row).value,
        "version": row.version.label if row.version else None,
        "generation": row.generation,
        "memory_bytes": row.memory_bytes,
        "started_at": row.started_at,
        "loaded_at": row.loaded_at,
        "seen_at": row.seen_at,
        "problem": row.problem or None,
    }
