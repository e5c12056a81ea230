"""What all processes of this home counted, summed up under the names of the versions."""

import math
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from monitoring.exposition import families
from monitoring.exposition.book import NAMES, OTHER, OTHER_VERSION
from monitoring.exposition.families import BY_NAME, Family, Source
from monitoring.exposition.places import Page
from monitoring.exposition.samples import Sample

Names = Mapping[int, tuple[str, str]]
UNKNOWN = "unknown"
_OF_A_WORKER = {families.GENERATION.name, families.SERVING.name, families.DEGRADED.name}


def named(pages: Iterable[Page]) -> dict[int, tuple[str, str]]:
    """Model and label of each version that some process named, by id."""
    found = {OTHER_VERSION: (OTHER, OTHER)}
    for page in pages:
        for name in page.numbers:
            if name[0] == NAMES:
                found[int(name[1])] = (name[2], name[3])
    return found


def versions(pages: Iterable[Page]) -> set[int]:
    """Ids of the versions that were counted."""
    found = set()
    for page in pages:
        for name in page.numbers:
            family = BY_NAME.get(name[0])
            if family is not None and _is_by_version(family) and name[1]:
                found.add(int(name[1]))
    return found - {OTHER_VERSION}


def counted(pages: Iterable[Page], names: Names) -> list[Sample]:
    """The sums of all processes, ended ones included."""
    sums: dict[tuple[Family, tuple[str, ...]], list[float]] = defaultdict(list)
    for page in pages:
        for name, numbers in page.numbers.items():
            family = BY_NAME.get(name[0])
            if family is None or family.source != Source.COUNTED or len(numbers) != family.cells:
                continue
            key = (family, _labels(family, name[1:], names))
            sums[key] = [a + b for a, b in zip(sums[key], numbers, strict=True)] if sums[key] else numbers
    return [Sample(family, labels, tuple(numbers)) for (family, labels), numbers in sums.items()]


def workers(pages: Iterable[Page]) -> list[Sample]:
    """What each live worker says of itself."""
    found = []
    for page in pages:
        told = [
            Sample(BY_NAME[name[0]], (str(page.number), *name[1:]), tuple(numbers))
            for name, numbers in page.numbers.items()
            if name[0] in _OF_A_WORKER and not math.isnan(numbers[0])
        ]
        if page.is_alive and told:
            found += [*told, Sample(families.STARTED, (str(page.number),), (page.owner.began_s,))]
            memory = _resident(page.owner.pid)
            if memory is not None:
                found.append(Sample(families.MEMORY, (str(page.number),), (memory,)))
    return found


def _is_by_version(family: Family) -> bool:
    return family.source == Source.COUNTED and "model" in family.labels


def _labels(family: Family, stored: tuple[str, ...], names: Names) -> tuple[str, ...]:
    """The stored labels with the version's id replaced by what the family says of a version."""
    if not _is_by_version(family):
        return stored
    version_id, *others = stored
    known = names.get(int(version_id), (UNKNOWN, f"id {version_id}")) if version_id else ("", "")
    return (*(known if "version" in family.labels else known[:1]), *others)


def _resident(pid: int) -> float | None:
    """Bytes of the process; None where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return float(pages * os.sysconf("SC_PAGE_SIZE"))
