"""Which entries a package's zip may have, judged from its table of contents before any is unpacked."""

from collections.abc import Iterable

from modelhub.artifacts import layout, paths
from modelhub.artifacts.limits import Limits
from modelhub.artifacts.staging import too_large
from modelhub.artifacts.zipdirectory import DEFLATED, STORED, Entry, corrupt
from modelhub.errors import Code, PackageRefused

_NEWEST_VERSION = 63
_PATCH_DATA = 0x20


def select(entries: Iterable[Entry], limits: Limits) -> list[tuple[str, Entry]]:
    """The known members, as (name, entry) in the table's order; the manifest may occur several times.

    Each rule is applied to all entries before the next, so a package has one verdict whatever the
    order of its entries. Raises PackageRefused with the code of the first rule that is broken.
    """
    found = tuple(entries)
    _require_names(found)
    _require_plain(found)
    _require_distinct(found)
    _require_sizes(found, limits)
    return [(name, entry) for name, entry in _members(found) if not layout.is_ignored_text(name)]


def ignored(entries: Iterable[Entry]) -> list[str]:
    """Names of the text members that are dropped."""
    names = (_base(entry) for entry in entries if not entry.is_folder)
    return [name for name in names if layout.is_ignored_text(name)]


def _require_names(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        if not all(map(paths.is_segment, entry.name.removesuffix("/").split("/"))):
            raise PackageRefused(
                Code.PACKAGE_BAD_NAME,
                f"The zip has an entry named {entry.name[:80]!a}; names must be plain and stay inside "
                "the package. Nothing was unpacked.",
            )


def _require_plain(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        if entry.is_encrypted:
            raise PackageRefused(
                Code.PACKAGE_ENCRYPTED, f"{entry.name} is encrypted; pack it without a password."
            )
        if entry.method not in (STORED, DEFLATED):
            raise PackageRefused(
                Code.PACKAGE_COMPRESSION,
                f"{entry.name} uses compression method {entry.method}; only stored and deflated are read.",
            )
        if entry.version > _NEWEST_VERSION or entry.flags & _PATCH_DATA:
            raise corrupt(f"{entry.name} needs a version of the format that does not exist")
        if entry.is_special:
            raise PackageRefused(
                Code.PACKAGE_NOT_REGULAR_FILE,
                f"{entry.name} is a link or a device; a package has plain files only.",
            )
        if entry.method == STORED and entry.packed != entry.size:
            raise corrupt(f"{entry.name} has two different sizes")


def _require_distinct(entries: tuple[Entry, ...]) -> None:
    seen: dict[str, str] = {}
    for entry in entries:
        folded = entry.name.lower()
        # The training service writes its manifest twice; everything else is there once.
        is_manifest_again = _base(entry) == layout.MANIFEST and seen.get(folded) == entry.name
        if folded in seen and not is_manifest_again:
            raise PackageRefused(
                Code.PACKAGE_DUPLICATE_NAME, f"The zip holds {entry.name} twice, or in two spellings."
            )
        seen[folded] = entry.name


def _require_sizes(entries: tuple[Entry, ...], limits: Limits) -> None:
    for entry in entries:
        if entry.size > layout.cap(_base(entry), limits):
            raise too_large(entry.name)
        if entry.size > limits.ratio * max(entry.packed, 1):
            raise PackageRefused(
                Code.PACKAGE_RATIO,
                f"{entry.name} would grow more than {limits.ratio}-fold when unpacked, as in a zip bomb.",
            )
    if sum(entry.size for entry in entries) > limits.package_bytes:
        raise too_large("The package as a whole")


def _members(entries: tuple[Entry, ...]) -> list[tuple[str, Entry]]:
    """Names without the one optional top folder."""
    files = [entry for entry in entries if not entry.is_folder]
    tops = {entry.name.rpartition("/")[0] for entry in files}
    top = tops.pop() if len(tops) == 1 else ""
    prefix = f"{top}/" if top and "/" not in top else ""
    members = []
    for entry in entries:
        name = entry.name.removeprefix(prefix)
        if entry.is_folder and entry.name == prefix:
            continue
        if name not in layout.ROLES and not (layout.is_ignored_text(name) and "/" not in name):
            raise PackageRefused(
                Code.PACKAGE_UNEXPECTED_FILE,
                f"The zip holds {entry.name}, which does not belong to a package; remove it and pack again.",
            )
        members.append((name, entry))
    return members


def _base(entry: Entry) -> str:
    return entry.name.rpartition("/")[2]
