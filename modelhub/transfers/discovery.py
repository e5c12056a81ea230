"""What the training sources hold, and what of it could be imported now."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.utils import timezone

from modelhub import conf
from modelhub.artifacts.listing import ListedPackage
from modelhub.artifacts.types import Note
from modelhub.errors import Code, ModelhubError
from modelhub.registry.models import ModelVersion
from modelhub.transfers import costs, history, origins
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

    ``problem`` says why it is not importable, or for a new one what ended the last attempt. Where the
    package has no digest (a remote source), a state of new means that no earlier transfer of this
    source brought it; whether the content is known shows when it is fetched.
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
    known = _Known.of(source, packages, model)
    found = []
    for package in packages:
        version, last = known.version(package), known.last(package)
        obstacle = package.problem or _verdict(package, last) or known.label_taken(package)
        state = State.IMPORTED if version else State.NOT_IMPORTABLE if obstacle else State.NEW
        problem = None if version else obstacle or _mishap(last)
        found.append(Candidate(source, package, state, model, version, problem))
    return newest_first(found)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the hub has of the packages of one listing, read in a few queries."""

    by_digest: Mapping[str, ModelVersion]
    by_label: Mapping[str, ModelVersion]
    by_key: Mapping[int, ModelVersion]
    attempts: Mapping[str, Transfer]  # by digest, and by identity where the source tells no digest

    @classmethod
    def of(cls, source: TrainingSource, packages: Sequence[ListedPackage], model: str) -> "_Known":
        versions = ModelVersion.objects.select_related("model").filter(model__name=model)
        digests = {package.digest for package in packages if package.digest}
        labels = {package.label for package in packages}
        identities = {package.identity for package in packages if package.identity}
        attempts = history.last_attempts(digests) if digests else {}
        if identities:
            attempts |= origins.last_attempts(source, identities)
        return cls(
            by_digest={version.digest: version for version in versions.filter(digest__in=digests)},
            by_label={version.label: version for version in versions.filter(label__in=labels)},
            by_key=versions.in_bulk([row.version_id for row in attempts.values() if row.version_id]),
            attempts=attempts,
        )

    def last(self, package: ListedPackage) -> Transfer | None:
        """The newest ended attempt to import this very package."""
        return self.attempts.get(package.digest or package.identity)

    def version(self, package: ListedPackage) -> ModelVersion | None:
        """What the package became: by content, else by what the last attempt made of it."""
        if package.digest:
            return self.by_digest.get(package.digest)
        last = self.last(package)
        # The attempt may have gone to another model, or its version may be deleted since.
        return self.by_key.get(last.version_id) if last and last.version_id else None

    def label_taken(self, package: ListedPackage) -> Note | None:
        """Why the package's label is not free; without a digest only an attempt can have told."""
        version = self.by_label.get(package.label)
        last = self.last(package)
        if version is None or not (package.digest or (last and last.code == Code.VERSION_CONFLICT)):
            return None
        return Note(
            str(Code.VERSION_CONFLICT),
            f"{version} exists with other content; give the package a new label.",
        )


def _verdict(package: ListedPackage, last: Transfer | None) -> Note | None:
    if last is None:
        return None
    condemned = history.condemns(last) or (not package.digest and origins.condemns(last))
    return Note(last.code, last.detail) if condemned else None


def _mishap(last: Transfer | None) -> Note | None:
    """Why the last attempt failed, where that says nothing about the next one."""
    return Note(last.code, f"The last attempt failed: {last.detail}") if last and last.detail else None


def _moment(candidate: Candidate) -> datetime:
    return candidate.created_at or candidate.package.modified_at


def _remember(source: TrainingSource, summary: dict[str, object]) -> None:
    source.scanned_at, source.scan_summary = timezone.now(), summary
    if source.pk:  # a folder named on the command line is no row
        source.save(update_fields=["scanned_at", "scan_summary"])
