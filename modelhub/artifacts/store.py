"""A content-addressed store of blobs that survives a kill at any point: file first, row later.

A blob is written to a temporary name in the same file system, flushed to the disk, then renamed to
the name of its content; only after the folder is flushed too may a row refer to it.
"""

import hashlib
import math
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modelhub.artifacts.staging import FULL, storage_full, write_all
from modelhub.errors import ArtefactCorrupt, Code

_STEP = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What a full check found: digests known but missing or changed, digests nobody knows, stray files."""

    missing: tuple[str, ...]
    corrupt: tuple[str, ...]
    orphans: tuple[str, ...]
    leftovers: tuple[Path, ...]

    @property
    def is_clean(self) -> bool:
        """True where every known blob is intact; orphans and leftovers cost room only."""
        return not (self.missing or self.corrupt)


class Store:
    """Blobs under ``root/sha256/ab/<digest>`` (mode 0440); temporary files under ``root/tmp``.

    Safe for several processes: equal content has one name, and a rename replaces equals by equals.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._blobs = root / "sha256"
        self._temporary = root / "tmp"

    def put(self, source: Path | bytes, sha256: str | None = None) -> str:
        """Store the content and answer its digest; on return it has reached the disk.

        With ``sha256`` given, content of another digest is not stored. A damaged blob of the same name
        is replaced. Raises ArtefactCorrupt where the source is not what ``sha256`` says, StorageFull.
        """
        temporary = self._temporary / uuid.uuid4().hex
        try:
            self._temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
            digest = _copy(source, temporary)
            if sha256 is not None and digest != sha256:
                raise _corrupt(sha256, "changed while it was being stored")
            self._publish(temporary, digest)
        except OSError as error:
            if error.errno in FULL:
                raise storage_full() from None
            raise
        finally:
            temporary.unlink(missing_ok=True)
        return digest

    def read(self, digest: str) -> bytes:
        """The blob's bytes, hashed anew. Raises ArtefactCorrupt where it is missing or has changed."""
        try:
            data = self.path(digest).read_bytes()
        except OSError:
            raise _corrupt(digest, "is missing from the store or cannot be read") from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise _corrupt(digest, "no longer has the content it was stored with")
        return data

    def verify(self, digest: str) -> bool:
        """True where the blob is there with its content; hashed in steps, never held in memory."""
        try:
            with self.path(digest).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == digest
        except OSError:
            return False

    def path(self, digest: str) -> Path:
        """Where the blob of this digest lies or would lie. Raises ValueError for what is no digest."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError("a digest is 64 lower-case hexadecimal digits")
        return self._blobs / digest[:2] / digest

    def digests(self) -> Iterator[str]:
        """Every digest in the store, in order."""
        for path in sorted(self._blobs.glob("??/*")):
            if self._is_blob(path):
                yield path.name

    def remove(self, digest: str) -> None:
        """Delete the blob; a blob that is not there is no error."""
        path = self.path(digest)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _sync_folder(path.parent)

    def leftovers(self) -> tuple[Path, ...]:
        """Files that are no blob: temporary ones of killed processes, and of those writing right now."""
        strays = (path for path in self.root.rglob("*") if not path.is_dir() and not self._is_blob(path))
        return tuple(sorted(strays))

    def sweep(self, known: Iterable[str], *, older_than_s: float) -> int:
        """Remove blobs that no row refers to and temporary files, both only when that old; how many.

        ``known`` must be read before the call. Storing a blob anew renews its age, so one that a
        running import is about to refer to is never that old.
        """
        expected, latest = set(known), time.time() - older_than_s
        removed = 0
        for digest in [digest for digest in self.digests() if digest not in expected]:
            if _modified_at(self.path(digest)) < latest:
                self.remove(digest)
                removed += 1
        for path in self._temporary.glob("*"):
            if _modified_at(path) < latest:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def check(
        self, known: Iterable[str], *, progress: Callable[[int, int], None] | None = None
    ) -> StoreReport:
        """Compare the store with the digests that rows refer to, hashing every blob.

        ``progress`` is called with (blobs done, blobs in all) after each.
        """
        expected, present = set(known), set(self.digests())
        corrupt = []
        for done, digest in enumerate(sorted(present), start=1):
            if not self.verify(digest):
                corrupt.append(digest)
            if progress is not None:
                progress(done, len(present))
        return StoreReport(
            missing=tuple(sorted(expected - present)),
            corrupt=tuple(corrupt),
            orphans=tuple(sorted(present - expected)),
            leftovers=self.leftovers(),
        )

    def _publish(self, temporary: Path, digest: str) -> None:
        final = self.path(digest)
        final.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        temporary.rename(final)
        # The upper folders too: another process may have made ours a moment ago and not flushed it yet.
        for folder in (final.parent, self._blobs, self.root):
            _sync_folder(folder)

    def _is_blob(self, path: Path) -> bool:
        name = path.name
        return bool(_DIGEST.fullmatch(name)) and path == self._blobs / name[:2] / name and path.is_file()


def _copy(source: Path | bytes, target: Path) -> str:
    """Write, flush to the disk and make read-only; the digest of what was written."""
    digest = hashlib.sha256()
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for chunk in _chunks(source):
            digest.update(chunk)
            write_all(fd, chunk)
        os.fchmod(fd, 0o440)
        os.fsync(fd)
    finally:
        os.close(fd)
    return digest.hexdigest()


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while chunk := file.read(_STEP):
            yield chunk


def _modified_at(path: Path) -> float:
    """Seconds since the epoch; for ever young where it has gone meanwhile."""
    try:
        return path.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return math.inf


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _corrupt(digest: str, what: str) -> ArtefactCorrupt:
    return ArtefactCorrupt(
        Code.ARTEFACT_CORRUPT,
        f"Blob {digest[:12]} {what}; restore it from a backup or import its package again.",
    )
