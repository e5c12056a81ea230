import hashlib
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from modelhub.artifacts.store import Store
from modelhub.errors import ArtefactCorrupt, Code, StorageFull

DATA = b"some bytes" * 1000
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def damage(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)


def test_what_is_put_is_read_from_bytes_and_from_a_file(store: Store, tmp_path: Path) -> None:
    assert store.put(DATA, DIGEST) == DIGEST
    (tmp_path / "f").write_bytes(b"other")
    other = store.put(tmp_path / "f")
    assert store.read(DIGEST) == DATA
    assert store.read(other) == b"other"
    assert sorted(store.digests()) == sorted([DIGEST, other])
    assert store.leftovers() == ()


def test_a_blob_lies_under_its_digest_and_is_read_only(store: Store) -> None:
    store.put(DATA)
    path = store.root / "sha256" / DIGEST[:2] / DIGEST
    assert store.path(DIGEST) == path
    assert path.stat().st_mode & 0o777 == 0o440


def test_putting_again_repairs_a_damaged_blob(store: Store) -> None:
    store.put(DATA)
    damage(store.path(DIGEST), b"bad")
    assert store.put(DATA) == DIGEST
    assert store.read(DIGEST) == DATA


def test_content_that_is_not_what_was_announced_is_not_stored(store: Store) -> None:
    with pytest.raises(ArtefactCorrupt):
        store.put(DATA, "0" * 64)
    assert list(store.digests()) == []
    assert store.leftovers() == ()


@pytest.mark.parametrize("bad", [b"", DATA[:-1], DATA[:-1] + b"!"])
def test_a_changed_blob_is_never_handed_out(store: Store, bad: bytes) -> None:
    store.put(DATA)
    damage(store.path(DIGEST), bad)
    with pytest.raises(ArtefactCorrupt) as fault:
        store.read(DIGEST)
    assert fault.value.code is Code.ARTEFACT_CORRUPT


def test_a_missing_blob_is_corrupt_and_removing_twice_is_not(store: Store) -> None:
    store.put(DATA)
    store.remove(DIGEST)
    store.remove(DIGEST)
    with pytest.raises(ArtefactCorrupt):
        store.read(DIGEST)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_digest_names_no_file(store: Store, digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        store.path(digest)


def test_the_file_reaches_the_disk_before_its_name_and_the_folders_after(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    real_fsync, real_rename, real_fchmod = os.fsync, Path.rename, os.fchmod

    def fsync(fd: int) -> None:
        target = os.readlink(f"/proc/self/fd/{fd}")
        events.append(f"fsync {Path(target).relative_to(store.root)}")
        real_fsync(fd)

    def rename(path: Path, target: Path) -> Path:
        events.append(f"rename {target.relative_to(store.root)}")
        return real_rename(path, target)

    def fchmod(fd: int, mode: int) -> None:
        events.append(f"chmod {mode:o}")
        real_fchmod(fd, mode)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "fchmod", fchmod)
    monkeypatch.setattr(Path, "rename", rename)
    store.put(DATA)
    temporary = events.pop(1)
    assert temporary.startswith("fsync tmp/")
    folder = f"sha256/{DIGEST[:2]}"
    assert events == [
        "chmod 440",
        f"rename {folder}/{DIGEST}",
        f"fsync {folder}",
        "fsync sha256",
        "fsync .",
    ]


@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_full_disk_leaves_neither_blob_nor_temporary_file(
    step: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    descriptors = len(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as patch:
        patch.setattr(os, step, full)
        with pytest.raises(StorageFull):
            store.put(DATA)
    assert list(store.digests()) == []
    assert store.leftovers() == ()
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert store.put(DATA) == DIGEST


def _die_at(root: Path, step: str, number: int) -> None:
    module, name = (Path, "rename") if step == "rename" else (os, step)
    real, calls = getattr(module, name), []

    def wrapped(*args: object) -> object:
        calls.append(1)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args)

    setattr(module, name, wrapped)
    Store(root).put(DATA, DIGEST)


STEPS = [("write", 1), ("fchmod", 1), ("fsync", 1), ("rename", 1), ("fsync", 2), ("fsync", 3), ("fsync", 4)]


@pytest.mark.parametrize(("step", "number"), STEPS)
def test_a_kill_at_any_step_leaves_a_sound_store_and_a_retry_converges(
    step: str, number: int, store: Store
) -> None:
    process = multiprocessing.get_context("fork").Process(target=_die_at, args=(store.root, step, number))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    report = store.check([])
    assert report.is_clean
    assert set(report.orphans) <= {DIGEST}
    assert store.put(DATA) == DIGEST
    assert store.check([DIGEST]).is_clean


def test_a_check_names_every_difference(store: Store) -> None:
    kept, bad, orphan = store.put(b"kept"), store.put(b"bad"), store.put(b"orphan")
    gone = hashlib.sha256(b"gone").hexdigest()
    damage(store.path(bad), b"changed")
    stray = store.root / "sha256" / "ab"
    stray.mkdir(exist_ok=True)
    (stray / "note.txt").touch()
    (store.root / "tmp" / "half").touch()
    seen: list[tuple[int, int]] = []
    report = store.check([kept, bad, gone], progress=lambda done, total: seen.append((done, total)))
    assert report.missing == (gone,)
    assert report.corrupt == (bad,)
    assert report.orphans == (orphan,)
    assert {path.name for path in report.leftovers} == {"note.txt", "half"}
    assert not report.is_clean
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_an_empty_store_is_clean(store: Store) -> None:
    assert store.check([]).is_clean


def test_a_sweep_removes_what_is_old_and_belongs_to_nobody(store: Store) -> None:
    known, old, young = (store.put(data) for data in (b"known", b"old", b"young"))
    stray = store.root / "tmp" / "left"
    stray.write_bytes(b"half")
    for path in (store.path(known), store.path(old), stray):
        os.utime(path, (0, 0))
    assert store.sweep([known], older_than_s=3600) == 2
    assert set(store.digests()) == {known, young}
    assert store.leftovers() == ()


def test_storing_an_old_orphan_again_saves_it_from_the_sweep(store: Store) -> None:
    os.utime(store.path(store.put(DATA)), (0, 0))
    store.put(DATA)
    assert store.sweep([], older_than_s=3600) == 0
    assert store.verify(DIGEST)


def test_verifying_tells_whole_from_damaged_and_missing(store: Store) -> None:
    store.put(DATA)
    assert store.verify(DIGEST)
    damage(store.path(DIGEST), DATA[:-1])
    assert not store.verify(DIGEST)
    store.remove(DIGEST)
    assert not store.verify(DIGEST)
