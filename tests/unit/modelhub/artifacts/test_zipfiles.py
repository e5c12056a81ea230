import io
import random
import struct
import tracemalloc
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from modelhub.artifacts.limits import Limits
from modelhub.artifacts.types import StagedPackage
from modelhub.artifacts.zipfiles import stage_zip
from modelhub.errors import Code, PackageRefused, StorageFull
from tests.unit.modelhub.artifacts.package_building import (
    MODEL,
    Raw,
    as_entries,
    deployment_files,
    dumped,
    manifest,
    service_files,
    zip_bytes,
)

GOOD = as_entries(deployment_files())


def stage(data: bytes, folder: Path, limits: Limits | None = None) -> StagedPackage:
    return stage_zip(
        io.BytesIO(data), folder, label_hint="package.zip", limits=limits or Limits(free_bytes=0)
    )


def refusal(data: bytes, folder: Path, limits: Limits | None = None) -> Code:
    with pytest.raises(PackageRefused) as refused:
        stage(data, folder, limits)
    assert not folder.exists() or list(folder.iterdir()) == []
    return refused.value.code


def bent(*more: Raw) -> bytes:
    """A good package with further entries."""
    return zip_bytes([*GOOD, *more])


def swapped(name: str, entry: Raw) -> bytes:
    """A good package with one entry in another's place."""
    return zip_bytes([entry if good.name == name.encode() else good for good in GOOD])


def overlapping() -> bytes:
    """A stored model whose bytes hold a second entry, listed in the table as well."""
    inner = zip_bytes([Raw(b"scaler.joblib", b"inside", method=0)])
    inner = inner[: inner.index(b"PK\x01\x02")]
    at = 30 + len(b"model.joblib")
    return zip_bytes(
        [
            Raw(b"model.joblib", inner, method=0),
            Raw(b"scaler.joblib", b"inside", method=0, at=at),
            Raw(b"metadata.json", b"{}"),
        ]
    )


def same_data_twice() -> bytes:
    """Two table entries for one header, as in the classic bomb."""
    return zip_bytes([*GOOD, Raw(b"model.joblib", MODEL, at=0)])


HOSTILE: dict[str, tuple[Code, bytes]] = {
    # row 8
    "parent": (Code.PACKAGE_BAD_NAME, bent(Raw(b"../outside.txt", b"x"))),
    "parent inside": (Code.PACKAGE_BAD_NAME, bent(Raw(b"a/../../outside.txt", b"x"))),
    "absolute": (Code.PACKAGE_BAD_NAME, bent(Raw(b"/tmp/absolute.txt", b"x"))),
    "backslash": (Code.PACKAGE_BAD_NAME, bent(Raw(b"..\\outside.txt", b"x"))),
    "drive": (Code.PACKAGE_BAD_NAME, bent(Raw(b"C:/outside.txt", b"x"))),
    "NUL": (Code.PACKAGE_BAD_NAME, bent(Raw(b"model.joblib\x00.txt", b"x"))),
    "not ASCII": (Code.PACKAGE_BAD_NAME, bent(Raw("ｍodel.joblib".encode(), b"x", flags=0x800))),
    "empty name": (Code.PACKAGE_BAD_NAME, bent(Raw(b"", b"x"))),
    # row 9
    "ratio": (Code.PACKAGE_RATIO, swapped("model.joblib", Raw(b"model.joblib", bytes(2_000_000)))),
    "big JSON": (
        Code.PACKAGE_FILE_TOO_LARGE,
        swapped("metadata.json", Raw(b"metadata.json", b" " * 5_000_000)),
    ),
    "big unknown": (Code.PACKAGE_FILE_TOO_LARGE, bent(Raw(b"big.bin", bytes(20_000_000)))),
    "huge claim": (
        Code.PACKAGE_FILE_TOO_LARGE,
        swapped("model.joblib", Raw(b"model.joblib", MODEL, declared_size=0xFFFFFFFE)),
    ),
    "small claim": (
        Code.PACKAGE_FILE_TOO_LARGE,
        swapped("model.joblib", Raw(b"model.joblib", MODEL, declared_size=10, crc=zlib.crc32(MODEL[:10]))),
    ),
    "overlap": (Code.PACKAGE_OVERLAP, overlapping()),
    "same data twice": (Code.PACKAGE_OVERLAP, same_data_twice()),
    # row 10
    "5,000 entries": (
        Code.PACKAGE_TOO_MANY_ENTRIES,
        zip_bytes(Raw(f"n{i}.txt".encode(), b"x", method=0) for i in range(5000)),
    ),
    "33 entries": (Code.PACKAGE_TOO_MANY_ENTRIES, bent(*(Raw(f"n{i}.txt".encode()) for i in range(29)))),
    "duplicate": (Code.PACKAGE_DUPLICATE_NAME, bent(Raw(b"model.joblib", b"other"))),
    "case variant": (Code.PACKAGE_DUPLICATE_NAME, bent(Raw(b"Model.joblib", b"other"))),
    "manifest case variant": (Code.PACKAGE_DUPLICATE_NAME, bent(Raw(b"Deployment_manifest.json", b"{}"))),
    "nested zip": (Code.PACKAGE_UNEXPECTED_FILE, bent(Raw(b"inner.zip", zip_bytes(GOOD)))),
    "unknown member": (Code.PACKAGE_UNEXPECTED_FILE, bent(Raw(b"encoder.joblib", b"x"))),
    "two folders": (Code.PACKAGE_UNEXPECTED_FILE, bent(Raw(b"more/scaler.joblib", b"x"))),
    "deep": (Code.PACKAGE_UNEXPECTED_FILE, zip_bytes(as_entries(service_files(), "a/b/"))),
    "link": (Code.PACKAGE_NOT_REGULAR_FILE, bent(Raw(b"notes.txt", b"/etc/passwd", mode=0o120777))),
    "device": (Code.PACKAGE_NOT_REGULAR_FILE, bent(Raw(b"notes.txt", mode=0o020600))),
    "link as model": (
        Code.PACKAGE_NOT_REGULAR_FILE,
        swapped("model.joblib", Raw(b"model.joblib", b"/etc/passwd", mode=0o120777)),
    ),
    # row 11
    "encrypted": (Code.PACKAGE_ENCRYPTED, swapped("model.joblib", Raw(b"model.joblib", MODEL, flags=1))),
    "strongly encrypted": (
        Code.PACKAGE_ENCRYPTED,
        swapped("model.joblib", Raw(b"model.joblib", MODEL, flags=0x2000)),
    ),
    "bzip2": (Code.PACKAGE_COMPRESSION, swapped("model.joblib", Raw(b"model.joblib", MODEL, method=12))),
    "lzma": (Code.PACKAGE_COMPRESSION, swapped("model.joblib", Raw(b"model.joblib", MODEL, method=14))),
    "future version": (
        Code.PACKAGE_CORRUPT,
        swapped("model.joblib", Raw(b"model.joblib", MODEL, version=99)),
    ),
    # row 12
    "truncated": (Code.PACKAGE_NOT_ZIP, zip_bytes(GOOD)[:-40]),
    "half": (Code.PACKAGE_NOT_ZIP, zip_bytes(GOOD)[:200]),
    "empty": (Code.PACKAGE_NOT_ZIP, b""),
    "random": (Code.PACKAGE_NOT_ZIP, random.Random(1).randbytes(5000)),
    "text": (Code.PACKAGE_NOT_ZIP, b"this is no zip" * 10),
    "wrong checksum": (Code.PACKAGE_CORRUPT, swapped("model.joblib", Raw(b"model.joblib", MODEL, crc=1))),
    "broken stream": (
        Code.PACKAGE_CORRUPT,
        swapped("model.joblib", Raw(b"model.joblib", MODEL, packed=b"\xff" * 50)),
    ),
    "stream cut short": (
        Code.PACKAGE_CORRUPT,
        swapped("model.joblib", Raw(b"model.joblib", MODEL, packed=zlib.compress(MODEL, wbits=-15)[:-3])),
    ),
    "bytes behind the stream": (
        Code.PACKAGE_CORRUPT,
        swapped("model.joblib", Raw(b"model.joblib", MODEL, packed=zlib.compress(MODEL, wbits=-15) + b"zz")),
    ),
    "shorter than declared": (
        Code.PACKAGE_CORRUPT,
        swapped("model.joblib", Raw(b"model.joblib", MODEL, declared_size=len(MODEL) + 1)),
    ),
    "something in front": (Code.PACKAGE_CORRUPT, b"#!/bin/sh\n" + zip_bytes(GOOD)),
    "something behind": (Code.PACKAGE_CORRUPT, zip_bytes(GOOD) + b"tail"),
    "entry outside": (Code.PACKAGE_CORRUPT, bent(Raw(b"notes.txt", at=10_000_000))),
    "entry with another name": (Code.PACKAGE_CORRUPT, bent(Raw(b"notes.txt", at=0))),
    # row 14
    "no members": (Code.PACKAGE_MISSING_FILE, zip_bytes([])),
    "no model": (Code.PACKAGE_MISSING_FILE, zip_bytes(GOOD[1:])),
    "no metadata": (Code.PACKAGE_MISSING_FILE, zip_bytes(GOOD[:2])),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_gets_its_code_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    code, data = HOSTILE[name]
    assert refusal(data, tmp_path / "staging") is code
    assert {path.name for path in tmp_path.iterdir()} <= {"staging"}


@pytest.mark.parametrize("top", ["", "model_v1/"])
@pytest.mark.parametrize("entries_first", [True, False])
def test_a_good_zip_is_staged_with_or_without_a_top_folder(
    top: str, entries_first: bool, tmp_path: Path
) -> None:
    files = deployment_files()
    folder = [Raw(top.encode(), mode=0o040755)] if top else []
    entries = [*folder, *as_entries(files, top)] if entries_first else [*as_entries(files, top), *folder]
    staged = stage(zip_bytes(entries), tmp_path / "staging")
    assert set(staged.files) == set(files)
    assert staged.notes == ()
    for name, file in staged.files.items():
        assert file.path.read_bytes() == files[name]
        assert file.path.stat().st_mode & 0o777 == 0o400
        assert file.size == len(files[name])
    assert (tmp_path / "staging").stat().st_mode & 0o777 == 0o700


def test_scripts_are_dropped_and_named(tmp_path: Path) -> None:
    staged = stage(bent(Raw(b"validate_model.py", b"boom"), Raw(b"README.md", b"#")), tmp_path / "staging")
    (note,) = staged.notes
    assert note.code == "text_members_ignored"
    assert "validate_model.py" in note.detail
    assert not (tmp_path / "staging" / "validate_model.py").exists()


def patched(at: int, value: bytes) -> bytes:
    data = zip_bytes(GOOD)
    return data[:at] + value + data[at + len(value) :]


TABLE_AT = zip_bytes(GOOD).index(b"PK\x01\x02")
CONTRADICTIONS = {
    "no header mark": patched(0, b"XX"),
    "header encrypted": patched(6, b"\x01"),
    "header stored": patched(8, b"\x00"),
    "no table mark": patched(TABLE_AT, b"XX"),
    "table entry longer than the table": patched(TABLE_AT + 32, b"\xff\xff"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_header_that_contradicts_the_table_is_refused_unread(name: str, tmp_path: Path) -> None:
    assert refusal(CONTRADICTIONS[name], tmp_path / "staging") is Code.PACKAGE_CORRUPT
    assert not (tmp_path / "staging").exists()


END_FIELDS = ("disk", "first_disk", "here", "count", "size", "start")


def bent_end(**changes: int) -> bytes:
    """A good package whose closing record has other numbers."""
    data = zip_bytes(GOOD)
    mark, *numbers, comment = struct.unpack("<4s4H2LH", data[-22:])
    fields = dict(zip(END_FIELDS, numbers, strict=True)) | changes
    return data[:-22] + struct.pack("<4s4H2LH", mark, *fields.values(), comment)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"disk": 1}, Code.PACKAGE_CORRUPT),
        ({"first_disk": 1}, Code.PACKAGE_CORRUPT),
        ({"here": 1}, Code.PACKAGE_CORRUPT),
        ({"here": 3, "count": 3}, Code.PACKAGE_CORRUPT),
        ({"here": 5, "count": 5}, Code.PACKAGE_CORRUPT),
        ({"start": 1}, Code.PACKAGE_CORRUPT),
        ({"here": 0xFFFF, "count": 0xFFFF}, Code.PACKAGE_TOO_MANY_ENTRIES),
        ({"size": 0xFFFFFFFF}, Code.PACKAGE_TOO_MANY_ENTRIES),
        ({"start": 0xFFFFFFFF}, Code.PACKAGE_TOO_MANY_ENTRIES),
    ],
)
def test_a_closing_record_that_does_not_fit_is_refused(
    changes: dict[str, int], code: Code, tmp_path: Path
) -> None:
    assert refusal(bent_end(**changes), tmp_path / "staging") is code


@pytest.mark.parametrize(
    "data",
    [
        swapped("model.joblib", Raw(b"model.joblib", MODEL, flags=0x20)),
        swapped("model.joblib", Raw(b"model.joblib", MODEL, method=0, declared_size=len(MODEL) + 1)),
        zip_bytes(GOOD)[:-22] + zip_bytes(GOOD)[-22:-4],
    ],
    ids=["patch data", "stored with two sizes", "closing record cut short"],
)
def test_a_contradiction_in_the_table_is_refused_before_a_byte_is_written(
    data: bytes, tmp_path: Path
) -> None:
    assert refusal(data, tmp_path / "staging") in {Code.PACKAGE_CORRUPT, Code.PACKAGE_NOT_ZIP}
    assert not (tmp_path / "staging").exists()


def twice(first: dict[str, object], last: dict[str, object]) -> list[Raw]:
    name = b"deployment_manifest.json"
    return [*GOOD[:-1], Raw(name, dumped(first)), Raw(name, dumped(last), method=0)]


def test_of_two_manifests_the_last_counts_and_the_usual_difference_is_silent(tmp_path: Path) -> None:
    first = manifest(service_files())
    last = first | {"model_artifacts": {"total_package_size": 99}}
    staged = stage(zip_bytes(twice(first, last)), tmp_path / "staging")
    assert staged.files["deployment_manifest.json"].path.read_bytes() == dumped(last)
    assert staged.notes == ()


def test_conflicting_manifests_are_noted_field_by_field(tmp_path: Path) -> None:
    last = manifest(service_files())
    first = last | {"inference_config": {"threshold": 0.01}, "extra": 1}
    staged = stage(zip_bytes(twice(first, last)), tmp_path / "staging")
    (note,) = staged.notes
    assert note.code == "manifest_duplicate"
    assert "extra, inference_config.threshold" in note.detail
    assert staged.files["deployment_manifest.json"].path.read_bytes() == dumped(last)


def test_an_unreadable_superseded_manifest_is_noted(tmp_path: Path) -> None:
    entries = [*GOOD[:-1], Raw(GOOD[-1].name, b"{,"), GOOD[-1]]
    assert [note.code for note in stage(zip_bytes(entries), tmp_path / "s").notes] == ["manifest_duplicate"]


def test_a_bomb_is_refused_without_memory_or_disk(tmp_path: Path) -> None:
    data = bent(Raw(b"big.bin", bytes(200 * 1024 * 1024)))
    tracemalloc.start()
    refusal(data, tmp_path / "staging")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_table_that_lies_about_its_length_costs_no_memory(tmp_path: Path) -> None:
    data = b"\x00" * 60_000_000 + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 60_000_000, 0, 0)
    tracemalloc.start()
    assert refusal(data, tmp_path / "staging") is Code.PACKAGE_CORRUPT
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_the_upload_cap_and_the_total_cap_hold(tmp_path: Path) -> None:
    data = swapped("model.joblib", Raw(b"model.joblib", MODEL * 20))
    total = sum(len(entry.data) for entry in GOOD) + 19 * len(MODEL)
    assert len(data) < total - 1
    assert refusal(data, tmp_path / "s", Limits(package_bytes=len(data) - 1)) is Code.UPLOAD_TOO_LARGE
    assert refusal(data, tmp_path / "s", Limits(package_bytes=total - 1)) is Code.PACKAGE_FILE_TOO_LARGE
    assert not (tmp_path / "s").exists()
    assert stage(data, tmp_path / "s", Limits(package_bytes=total, free_bytes=0)).files


def test_a_disk_without_room_is_noticed_before_writing(tmp_path: Path) -> None:
    with pytest.raises(StorageFull) as fault:
        stage(zip_bytes(GOOD), tmp_path / "staging", Limits(free_bytes=2**60))
    assert fault.value.code is Code.STORAGE_FULL
    assert list((tmp_path / "staging").iterdir()) == []


def mutations(data: bytes, count: int, seed: int) -> Iterable[bytes]:
    chance = random.Random(seed)
    for _ in range(count):
        mutant = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 8))):
            kind = chance.randrange(4)
            at = chance.randrange(len(mutant))
            if kind == 0:
                mutant[at] ^= 1 << chance.randrange(8)
            elif kind == 1:
                mutant[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"PK\x01\x02"))
            elif kind == 2:
                del mutant[at : at + chance.randrange(1, 9)]
            else:
                mutant[at:at] = chance.randbytes(chance.randrange(1, 9))
        yield bytes(mutant)


def test_6000_mutations_are_staged_or_refused_and_nothing_else(tmp_path: Path) -> None:
    verdicts = {True: 0, False: 0}
    for number, mutant in enumerate(mutations(zip_bytes([*GOOD, GOOD[-1]]), 6000, seed=20261122)):
        folder = tmp_path / str(number % 50)
        try:
            staged = stage(mutant, folder)
        except PackageRefused:
            verdicts[False] += 1
            assert not folder.exists() or not list(folder.iterdir())
            continue
        verdicts[True] += 1
        for file in staged.files.values():
            file.path.unlink()
    assert verdicts[True] > 0
    assert verdicts[False] > 3000
