"""What the training sources hold, and what of it could be imported now."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.utils import timezone

from modelhub import conf
from modelhub.artifacts.listing import ListedPackage
from modelhub.artifacts.types import Note
from modelhub.errors import Code, ModelhubError
from modelhub.registry.models import ModelVersion
from modelhub.transfers import costs, history
from modelhub.transfers.models import TrainingSource, Transfer
from modelhub.transfers.sources.catalog import open_source


class State(StrEnum):
    """How a package of a source stands to the registry."""

    NEW = "new"
    IMPORTED = "imported"
    NOT_IMPORTABLE = "not importable"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One package of a source; ``version`` is what it became.

    ``problem`` says why it is not importable, or for a new one what ended the last attempt.
    """

    source: TrainingSource
    package: ListedPackage
    state: State
    model: str
    version: ModelVersion | None = None
    problem: Note | None = None

    @property
    def path(self) -> str:
        """The path to import it by, relative to the source's root."""
        return "/".join(self.package.segments)

    @property
    def created_at(self) -> datetime | None:
        """When it was trained as declared, a naive time read as UTC; None where nothing usable is said."""
        declared = self.package.created_at
        return declared.replace(tzinfo=UTC) if declared and declared.tzinfo is None else declared


@dataclass(frozen=True, slots=True)
class Scan:
    """The packages of one source, newest first, or the problem of the source itself."""

    source: TrainingSource
    candidates: tuple[Candidate, ...] = ()
    problem: Note | None = None


def scan(source: TrainingSource) -> list[Candidate]:
    """Every package of the source, newest first; its row keeps time, counts and problem of this scan.

    Raises Unavailable (``source_unavailable``) when the source cannot be reached.
    """
    try:
        candidates = _assess(source, open_source(source).listing(limits=costs.package_limits()))
    except ModelhubError as error:
        _remember(source, {"problem": {"code": str(error.code), "detail": error.detail}})
        raise
    counts = Counter(candidate.state for candidate in candidates)
    _remember(source, {state.name.lower(): counts[state] for state in State} | {"problem": None})
    return candidates


def scan_all(sources: Iterable[TrainingSource] | None = None) -> list[Scan]:
    """One scan for every enabled source, or for the given ones; a source that is away hides no other."""
    if sources is None:
        sources = TrainingSource.objects.filter(is_enabled=True).select_related("model")
    return [look(source) for source in sources]


def look(source: TrainingSource) -> Scan:
    """:func:`scan` with the source's own problem as a value."""
    try:
        return Scan(source, tuple(scan(source)))
    except ModelhubError as error:
        return Scan(source, problem=Note(str(error.code), error.detail))


def newest_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """By the declared time of training, where there is none by the time of the files; ties by path."""
    by_path = sorted(candidates, key=lambda candidate: candidate.path, reverse=True)
    return sorted(by_path, key=_moment, reverse=True)


def _assess(source: TrainingSource, packages: Sequence[ListedPackage]) -> list[Candidate]:
    model = source.model.name if source.model else conf.default_model()
    digests = {package.digest for package in packages if package.digest}
    versions = ModelVersion.objects.select_related("model").filter(model__name=model)
    known = {version.digest: version for version in versions.filter(digest__in=digests)}
    taken = {version.label: version for version in versions.filter(label__in={p.label for p in packages})}
    attempts = history.last_attempts(digests)
    found = []
    for package in packages:
        version = known.get(package.digest)
        last = attempts.get(package.digest)
        obstacle = package.problem or _verdict(last) or _label_taken(taken.get(package.label))
        state = State.IMPORTED if version else State.NOT_IMPORTABLE if obstacle else State.NEW
        problem = None if version else obstacle or _mishap(last)
        found.append(Candidate(source, package, state, model, version, problem))
    return newest_first(found)


def _verdict(last: Transfer | None) -> Note | None:
    return Note(last.code, last.detail) if last and history.condemns(last) else None


def _mishap(last: Transfer | None) -> Note | None:
    """Why the last attempt failed, where that says nothing about the next one."""
    return Note(last.code, f"The last attempt failed: {last.detail}") if last and last.detail else None


def _label_taken(version: ModelVersion | None) -> Note | None:
    if version is None:
        return None
    return Note(
        str(Code.VERSION_CONFLICT), f"{version} exists with other content; give the package a new label."
    )


def _moment(candidate: Candidate) -> datetime:
    return candidate.created_at or candidate.package.modified_at


def _remember(source: TrainingSource, summary: dict[str, object]) -> None:
    source.scanned_at, source.scan_summary = timezone.now(), summary
    if source.pk:  # a folder named on the command line is no row
        source.save(update_fields=["scanned_at", "scan_summary"])
