"""Earlier attempts by what a remote source calls a package, and how their lineage is shown."""

from collections.abc import Iterator, Mapping
from typing import Any

from modelhub.errors import Code
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer

# A package of a remote source keeps its identity for life, so what its files are is a verdict too. A
# missing file is none: the server may only have to be told to hand it out.
_VERDICTS = frozenset(
    {
        Code.FORMAT_UNSUPPORTED,
        Code.HASH_MISMATCH,
        Code.HASH_MISSING,
        Code.PACKAGE_BAD_NAME,
        Code.PACKAGE_CORRUPT,
        Code.PACKAGE_DUPLICATE_NAME,
        Code.PACKAGE_NOT_ZIP,
        Code.PACKAGE_OVERLAP,
        Code.PACKAGE_UNEXPECTED_FILE,
    }
)
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


def condemns(row: Transfer) -> bool:
    """True where the attempt was refused for what a remote package's files are."""
    return row.status == TransferStatus.REFUSED and row.code in _VERDICTS


def shown(lineage: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A lineage as lines of label and text, nested values one ``name = value`` after the other."""
    for key, value in lineage.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} = {one}" for name, one in value.items())
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        if value:
            yield _WORDS.get(key, key.replace("_", " ").capitalize()), str(value)
