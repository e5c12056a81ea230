"""A registry document against the disk, and importing from it what is there and not known yet."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from modelhub import conf
from modelhub.actors import Actor
from modelhub.artifacts.listing import ListedPackage, list_packages
from modelhub.audit import trail
from modelhub.errors import ModelhubError
from modelhub.registry import aliases, documentcheck
from modelhub.registry.documentcheck import Comparison
from modelhub.registry.documentparts import Document, Entry, NamedVersion
from modelhub.registry.models import ModelVersion
from modelhub.registry.standing import CHAMPION, PREVIOUS
from modelhub.transfers import costs, importing


class State(StrEnum):
    """How an entry stands to registry and disk."""

    EQUAL = "equal"
    DIFFERS = "differs"
    MISSING = "missing on disk"
    IMPORTABLE = "importable"
    BLOCKED = "not importable"
    UNUSABLE = "unusable"
    IMPORTED = "imported"
    FAILED = "import failed"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry with what was found for it; ``package`` is what lies on the disk for it, if anything.

    ``differs`` names what is not as the document says; ``detail`` is a sentence for people.
    """

    comparison: Comparison
    state: State
    differs: tuple[str, ...] = ()
    detail: str = ""
    package: ListedPackage | None = None

    @property
    def reference(self) -> str:
        """The version as it is or would be called here."""
        return f"{self.comparison.model}:{self.comparison.entry.label}"


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of one alias of a document; ``skipped`` says why it was left alone, or is empty."""

    alias: NamedVersion
    skipped: str = ""


def look(document: Document, *, model_name: str, source_root: Path | None) -> list[Line]:
    """Every entry beside registry and disk; nothing is changed.

    Only what lies below ``source_root`` is looked at, by an entry's relative path or by its content; without
    a root nothing is. Raises Unavailable (``source_unavailable``) where the root cannot be read.
    """
    on_disk = _on_disk(source_root)
    by_path = {package.segments: package for package in on_disk}
    by_content = {package.digest: package for package in on_disk if package.digest}
    lines = []
    for comparison in documentcheck.compare(document, model_name=model_name):
        entry = comparison.entry
        package = by_content.get(entry.digest) if entry.digest else by_path.get(entry.path)
        lines.append(_line(comparison, package, is_searched=source_root is not None))
    return lines


def import_from(
    lines: Iterable[Line],
    source_root: Path,
    actor: Actor,
    *,
    on_done: Callable[[Line], None] | None = None,
) -> list[Line]:
    """The same lines, the importable ones imported one by one as any package is; a refusal stops no other."""
    done = []
    for line in lines:
        ended = _imported(line, source_root, actor) if line.state is State.IMPORTABLE else line
        done.append(ended)
        if on_done is not None:
            on_done(ended)
    return done


def restore_aliases(document: Document, actor: Actor) -> list[Restored]:
    """The document's aliases set again wherever the content they meant is registered in their model."""
    return [_restored(alias, actor) for alias in document.aliases]


def record(name: str, lines: Iterable[Line], restored: Iterable[Restored], actor: Actor) -> None:
    """The audit trail says what was imported and named from which document."""
    imported = [line.reference for line in lines if line.state is State.IMPORTED]
    named = [f"{each.alias.model}@{each.alias.name}" for each in restored if not each.skipped]
    trail.record("registry.import", name, actor, after={"imported": imported, "aliases": named})


def _on_disk(root: Path | None) -> list[ListedPackage]:
    if root is None:
        return []
    limits = costs.package_limits()
    return list(list_packages(root, limits=limits, require_manifest=conf.flag("REQUIRE_MANIFEST")))


def _line(comparison: Comparison, package: ListedPackage | None, *, is_searched: bool) -> Line:
    entry, version = comparison.entry, comparison.version
    if entry.problem:
        return Line(comparison, State.UNUSABLE, detail=entry.problem)
    if version is not None:
        return _known(comparison, version, package)
    if package is None:
        where = "Nothing on the disk has it" if is_searched else "No folder was given to look for it"
        return Line(comparison, State.MISSING, detail=f"{where}. {entry.remark}".strip())
    if obstacle := _obstacle(entry, package):
        return Line(comparison, State.BLOCKED, detail=obstacle, package=package)
    return Line(comparison, State.IMPORTABLE, detail="/".join(package.segments), package=package)


def _known(comparison: Comparison, version: ModelVersion, package: ListedPackage | None) -> Line:
    differs = list(comparison.differs)
    if package is not None and package.digest and package.digest != version.digest:
        differs.append("content on disk")
    if comparison.damage:
        differs.append("files in the store")
    state = State.DIFFERS if differs else State.EQUAL
    detail = " ".join(filter(None, (comparison.damage, comparison.entry.remark)))
    return Line(comparison, state, tuple(differs), detail, package)


def _obstacle(entry: Entry, package: ListedPackage) -> str:
    if package.problem is not None:
        return package.problem.detail
    if package.label != entry.label:
        return f"The package there calls itself {package.label}."
    return ""


def _imported(line: Line, root: Path, actor: Actor) -> Line:
    assert line.package is not None  # what is importable was found
    path = root.joinpath(*line.package.segments)
    try:
        row = importing.import_local(path, actor, model_name=line.comparison.model)
    except ModelhubError as error:
        return replace(line, state=State.FAILED, detail=error.detail)
    return replace(line, state=State.IMPORTED, detail=f"Transfer #{row.pk}.")


def _restored(alias: NamedVersion, actor: Actor) -> Restored:
    if alias.name in (CHAMPION, PREVIOUS):
        return Restored(alias, "It follows deployments; deploy the version to have it.")
    versions = ModelVersion.objects.get_queryset().select_related("model")
    version = versions.filter(model__name=alias.model, digest=alias.digest).first()
    if version is None:
        return Restored(alias, f"The content that it meant ({alias.digest[:12]}) is not registered here.")
    try:
        aliases.set_alias(version, alias.name, actor, reason="restored from a registry document")
    except ModelhubError as error:
        return Restored(alias, error.detail)
    return Restored(alias)


def as_json(line: Line) -> Mapping[str, object]:
    """One line as plain values."""
    version = line.comparison.version
    return {
        "pointer": line.comparison.entry.pointer,
        "model": line.comparison.model,
        "version": line.comparison.entry.label,
        "known_as": version.reference if version else None,
        "state": line.state,
        "differs": list(line.differs),
        "path": "/".join(line.package.segments) if line.package else None,
        "detail": line.detail,
    }
