"""Earlier attempts by what a remote source calls a package, and how their lineage is shown."""

from collections.abc import Iterator, Mapping
from typing import Any

from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer

_OPEN = (TransferStatus.QUEUED, TransferStatus.RUNNING)
_WORDS = {"identity": "Known as", "run_id": "Run", "run_name": "Run name", "run_tags": "Run tags"}


def last_attempts(source: TrainingSource, identities: set[str]) -> dict[str, Transfer]:
    """What came of each of these packages of the source, by the source's own identity of it.

    The newest ended attempt that led to a version; the newest of all where none did.
    """
    if source.pk is None:
        return {}
    rows = Transfer.objects.filter(source=source, lineage__identity__in=identities).exclude(status__in=_OPEN)
    by_result = sorted(rows, key=lambda row: (row.version_id is not None, row.pk))
    return {row.lineage["identity"]: row for row in by_result}


def shown(lineage: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A lineage as lines of label and text, nested values one ``name = value`` after the other."""
    for key, value in lineage.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} = {one}" for name, one in value.items())
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        if value:
            yield _WORDS.get(key, key.replace("_", " ").capitalize()), str(value)
