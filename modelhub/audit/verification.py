"""Is the trail whole? A walk from the first entry to the head, in batches, each seal made again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Max
from django.utils import timezone

from modelhub.audit import trail
from modelhub.audit.models import AuditCheck, AuditEntry, AuditHead

_BATCH = 1000

OnProgress = Callable[[int], None]


class Kind(StrEnum):
    """What is wrong with an entry."""

    MISSING = "missing"
    ALTERED = "altered"
    BROKEN = "broken"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that is not as it was written."""

    sequence: int
    kind: Kind
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    """``entries`` were found whole from the first on, ``head`` is the hash of the last of them.

    ``fault`` is None for a whole trail. Note ``head`` elsewhere: who can write to the database could
    seal a changed trail anew, but not so that a hash noted before is still part of it.
    """

    entries: int
    head: str
    fault: Fault | None


def verify(*, expect: str = "", on_progress: OnProgress | None = None) -> Verification:
    """Walk the whole trail; memory stays constant. ``expect`` is a head hash noted earlier.

    ``on_progress`` hears how many entries each batch had. Entries that are added meanwhile are left
    to the next walk.
    """
    newest = AuditEntry.objects.aggregate(last=Max("sequence"))["last"] or 0
    head = AuditHead.objects.first() or AuditHead(sequence=0, hash=trail.START)
    expected_seen = expect in ("", trail.START)
    entries, last = 0, trail.START
    for entry in _entries(head.sequence, on_progress):
        if fault := _fault(entry, entries + 1, last):
            return Verification(entries, last, fault)
        entries, last = entry.sequence, entry.hash
        expected_seen |= last == expect
    return Verification(entries, last, _end_fault(entries, last, head, newest, expected_seen))


def check(*, expect: str = "", on_progress: OnProgress | None = None) -> Verification:
    """Walk the trail and keep the finding as a row, so that the page of the trail can show it."""
    found = verify(expect=expect, on_progress=on_progress)
    AuditCheck.objects.create(
        checked_at=timezone.now(),
        entries=found.entries,
        head=found.head,
        fault=found.fault.kind.value if found.fault else "",
        fault_sequence=found.fault.sequence if found.fault else None,
        detail=found.fault.detail if found.fault else "",
    )
    return found


def length() -> int:
    """Number of entries that the trail should have."""
    head = AuditHead.objects.first()
    return head.sequence if head else 0


def _entries(last: int, on_progress: OnProgress | None) -> Iterator[AuditEntry]:
    """Entries up to ``last`` by sequence; batches by key, since a server-side cursor is not everywhere."""
    reached = 0
    while batch := list(
        AuditEntry.objects.filter(sequence__gt=reached, sequence__lte=last).order_by("sequence")[:_BATCH]
    ):
        yield from batch
        reached = batch[-1].sequence
        if on_progress is not None:
            on_progress(len(batch))


def _fault(entry: AuditEntry, place: int, previous: str) -> Fault | None:
    if entry.sequence != place:
        return Fault(place, Kind.MISSING, f"Entry #{place} is missing.")
    if trail.seal(entry) != entry.hash:
        return Fault(place, Kind.ALTERED, f"Entry #{place} is not as it was written.")
    if entry.previous_hash != previous:
        return Fault(place, Kind.BROKEN, f"Entry #{place} is not sealed to the one before it.")
    return None


def _end_fault(entries: int, last: str, head: AuditHead, newest: int, expected_seen: bool) -> Fault | None:
    if entries < head.sequence:
        return Fault(entries + 1, Kind.MISSING, f"Entry #{entries + 1} is missing; so is all after it.")
    if newest > head.sequence:
        return Fault(head.sequence + 1, Kind.HEAD, f"Entry #{head.sequence + 1} was added past the head.")
    if last != head.hash:
        return Fault(entries, Kind.HEAD, f"The head does not carry the seal of entry #{entries}.")
    if not expected_seen:
        return Fault(entries, Kind.HEAD, "No entry carries the expected hash: the trail was sealed anew.")
    return None
