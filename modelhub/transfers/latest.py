"""The newest package that is not imported yet, by content: found, and imported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modelhub.actors import Actor
from modelhub.artifacts import quarantine
from modelhub.artifacts.prepare import Convert
from modelhub.errors import Code, Unavailable
from modelhub.transfers import discovery, importing
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.discovery import Candidate, Scan, State
from modelhub.transfers.models import TrainingSource, Transfer

Place = tuple[int, str]  # source id and path


@dataclass(frozen=True, slots=True)
class Latest:
    """What came of it: the ended ``transfer``, or None where the sources hold nothing new.

    ``known`` are attempts that found their package to be imported already, which a source without
    content hashes tells only once the package is here.
    """

    transfer: Transfer | None
    scans: Sequence[Scan]
    known: Sequence[Transfer] = ()


def import_latest(
    actor: Actor,
    *,
    source: TrainingSource | None = None,
    validate: bool = True,
    besides: frozenset[Place] = frozenset(),
    on_step: Callable[[str], None] | None = None,
    convert: Convert = quarantine.convert,
) -> Latest:
    """Import the newest new package of one source, or of all enabled ones; never deploys.

    A package that was refused for what it is stays refused: the next call takes the next newer one.
    ``besides`` names packages that are not to be tried. Raises what :func:`importing.import_package`
    raises, and Unavailable (``source_unavailable``) when no source answered.
    """
    scans = look(source)
    known: list[Transfer] = []
    tried = besides
    while (candidate := newest(scans, besides=tried)) is not None:
        row = importing.import_package(
            candidate.source,
            candidate.path,
            actor,
            model_name=candidate.model,
            validate=validate,
            on_step=on_step,
            convert=convert,
        )
        if row.status != TransferStatus.UNCHANGED and not row.is_repair:
            return Latest(row, scans, known)
        known.append(row)
        tried |= {_place(candidate)}
    return Latest(None, scans, known)


def look(source: TrainingSource | None = None) -> list[Scan]:
    """Scans of the source, or of all enabled ones; raises Unavailable when none could be read."""
    scans = discovery.scan_all([source] if source else None)
    if not scans:
        raise Unavailable(
            Code.SOURCE_UNAVAILABLE,
            "No training source is enabled; set one up in the admin, or upload a package.",
        )
    if all(scan.problem for scan in scans):
        said = " ".join(f"{scan.source.name}: {scan.problem.detail}" for scan in scans if scan.problem)
        raise Unavailable(Code.SOURCE_UNAVAILABLE, said)
    return scans


def newest(scans: Sequence[Scan], *, besides: frozenset[Place] = frozenset()) -> Candidate | None:
    """The newest candidate that could be imported and was not; None where there is none."""
    found = [candidate for scan in scans for candidate in scan.candidates if candidate.state is State.NEW]
    ordered = discovery.newest_first(found)
    return next((candidate for candidate in ordered if _place(candidate) not in besides), None)


def _place(candidate: Candidate) -> Place:
    return candidate.source.pk, candidate.path
