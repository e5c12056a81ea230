"""Numbers in a mapped file: found again by the next process, whatever ended the last one."""

import contextlib
import os
from pathlib import Path
from random import Random

import pytest

from monitoring.exposition import ledger
from monitoring.exposition.ledger import Ledger, LedgerDamaged, Owner

OWNER = Owner(42, 1_700_000_000.5, "7:99")


def opened(path: Path) -> Ledger:
    return Ledger(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), OWNER)


def test_a_reader_finds_what_was_counted_while_the_file_is_open(tmp_path: Path) -> None:
    book = opened(tmp_path / "l")
    place = book.place(("requests", "default", 'a "name"\n'), 1)
    assert place is not None
    book.cells[place] += 3
    assert ledger.read(tmp_path / "l") == (OWNER, {("requests", "default", 'a "name"\n'): [3.0]})
    book.close()


def test_the_next_process_goes_on_with_the_numbers(tmp_path: Path) -> None:
    for _ in range(3):
        book = opened(tmp_path / "l")
        place = book.place(("h",), 4)
        assert place is not None
        book.cells[place + 3] += 2
        book.close()
    assert ledger.read(tmp_path / "l")[1] == {("h",): [0.0, 0.0, 0.0, 6.0]}


def test_an_entry_that_was_cut_off_by_a_kill_is_no_part_of_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "l"
    book = opened(path)
    book.place(("a",), 1)
    end = len(ledger._content(book._file))
    book.close()
    with path.open("r+b") as file:  # the name is there, but the header does not know of it yet
        file.seek(end)
        file.write(b"\x08\x00\x00\x00\x01\x00\x00\x00[")
    assert list(ledger.read(path)[1]) == [("a",)]


def test_a_damaged_file_is_said_to_be_one_and_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "l"
    path.write_bytes(b"something else, 100 bytes long" * 10)
    with pytest.raises(LedgerDamaged):
        ledger.read(path)
    book = opened(path)
    assert book.place(("a",), 1) is not None
    book.close()
    assert ledger.read(path)[1] == {("a",): [0.0]}


def test_whatever_a_crash_of_the_machine_left_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "l"
    book = opened(path)
    for number in range(20):
        book.place((f"series {number}", "default"), 1 + number % 3)
    used = len(ledger._content(book._file))
    book.close()
    whole = bytearray(path.read_bytes()[:used])
    random = Random(0)
    for _ in range(300):
        damaged = whole.copy()
        for _ in range(random.randint(1, 4)):
            damaged[random.randrange(used)] = random.randrange(256)
        path.write_bytes(damaged[: random.choice([used, random.randrange(used)])])
        with contextlib.suppress(LedgerDamaged):
            ledger.read(path)
        again = opened(path)
        assert again.place(("new",), 1) is not None
        again.close()


def test_a_full_ledger_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    book = opened(tmp_path / "l")
    places = [book.place((f"series {number}",), 1_000) for number in range(400)]
    assert None in places
    assert places[0] == book.place(("series 0",), 1_000)
    assert (tmp_path / "l").stat().st_size == ledger.LARGEST
    book.close()


def test_room_is_claimed_from_the_disk_before_it_is_written_to(tmp_path: Path) -> None:
    """A write into a hole of a full disk would end the process."""
    book = opened(tmp_path / "l")
    for number in range(30):
        assert book.place((f"series {number}",), 1_000) is not None
        used = len(ledger._content(book._file))
        assert (tmp_path / "l").stat().st_blocks * 512 >= used
    book.close()


def test_without_room_on_the_disk_there_is_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = opened(tmp_path / "l")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert book.place(("small",), 1) is not None
    assert book.place(("large",), 10_000) is None
    book.close()
