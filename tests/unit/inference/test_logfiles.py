"""Log files of every form become the same stream of records; bad lines are told, never raised."""

import gzip
import io
import json
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inference.logfiles import MAX_LINE_BYTES, LogFormat, ParsedLine, detect, read_records

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECORD = {"timestamp": "2026-11-22T10:00:00Z", "process_name": "p", "level": "warn", "message": "x"}


def read(
    path: Path, content: bytes, *, as_trained: bool = False, log_format: LogFormat | None = None
) -> list[ParsedLine]:
    path.write_bytes(content)
    return list(read_records(str(path), received_at=NOW, as_trained=as_trained, log_format=log_format))


def messages(lines: list[ParsedLine]) -> list[str | None]:
    return [line.record.message if line.record else None for line in lines]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.log"


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b'{"message": "x"}\n{"mess', LogFormat.JSONL),
        (b'\xef\xbb\xbf\n{"message": "x"', LogFormat.JSONL),
        (b'{\n  "export_metadata": {', LogFormat.JSON),
        (b'{"export_metadata": {"format": "json"}, "data": [', LogFormat.JSON),
        (b'{"data": [{', LogFormat.JSON),
        (b"[\n {", LogFormat.JSON),
        (b'[{"message": "x"}]', LogFormat.JSON),
        (b"[    1.500000] kernel text\n", LogFormat.PLAIN),
        (b"Nov 22 10:00:00 h p: x\n", LogFormat.SYSLOG),
        (b"<13>1 2026-11-22T10:00:00Z h a - - - x\n", LogFormat.SYSLOG),
        (b"2026-11-22T10:00:00Z x\n    at continuation\n", LogFormat.SYSLOG),
        (b"words\nmore words\n", LogFormat.PLAIN),
        (b"", LogFormat.PLAIN),
    ],
)
def test_the_form_is_told_from_the_first_lines(head: bytes, form: LogFormat) -> None:
    assert detect(head) is form


def test_json_lines_with_bad_ones_between(path: Path) -> None:
    good = json.dumps(RECORD).encode()
    lines = read(path, good + b'\n\n{"message": \n7\n{"level": "INFO"}\r\n' + good)
    assert [(line.number, line.record is not None) for line in lines] == [
        (1, True),
        (3, False),
        (4, False),
        (5, False),
        (6, True),
    ]
    assert all(line.error for line in lines if line.record is None)
    assert lines[0].entry == RECORD


def test_levels_are_made_canonical_or_left_untouched(path: Path) -> None:
    content = json.dumps(RECORD).encode()
    read_levels = [read(path, content, as_trained=flag)[0].record for flag in (False, True)]
    assert [record and record.level for record in read_levels] == ["WARNING", "warn"]


def test_an_export_is_read_as_the_training_service_does(path: Path) -> None:
    entries = [RECORD | {"log_level": "warning"}, {"message": None}]
    content = json.dumps({"export_metadata": {"total_records": 2}, "data": entries}, indent=2).encode()
    first, second = read(path, content)
    assert first.record is not None
    assert first.record.level == "warning"
    assert second.record is None
    assert second.number == 2


@pytest.mark.parametrize("content", [b'{"export_metadata": 1}', b'[{"message": "x"', b'{\n"data": 7}'])
def test_a_document_without_a_list_is_one_fault(path: Path, content: bytes) -> None:
    lines = read(path, content, log_format=LogFormat.JSON)
    assert [line.record for line in lines] == [None]
    assert lines[0].error


def test_syslog_forms_may_mix_and_others_are_bad_lines(path: Path) -> None:
    content = (
        b"Nov 22 10:00:00 h p: one\n2026-11-22T10:00:01Z h p: two\n"
        b"nothing of the kind\n<13>Nov 22 10:00:02 h p: three"
    )
    lines = read(path, content)
    assert messages(lines) == ["one", "two", None, "three"]
    assert lines[2].entry == {"raw_message": "nothing of the kind"}


def test_plain_lines_get_the_receive_time(path: Path) -> None:
    (line,) = read(path, b"just words\n")
    assert line.record is not None
    assert line.record.timestamp == NOW
    assert line.record.timestamp_assumed


def test_hostile_bytes_are_data_or_a_bad_line(path: Path) -> None:
    lines = read(path, b"\x1b[2J\x07\nbad \xff utf\nnul \x00\n", log_format=LogFormat.PLAIN)
    assert messages(lines) == ["\x1b[2J\x07", "bad \\xff utf", None]


def test_times_beyond_the_allowed_years_are_bad_lines(path: Path) -> None:
    lines = read(path, b"0001-01-01T00:00:00+14:00 h p: x\n9999-12-31T23:59:59-14:00 h p: x\n")
    assert messages(lines) == [None, None]


def test_a_line_too_long_is_one_fault_and_the_next_goes_on(path: Path) -> None:
    long = b"x" * (3 * MAX_LINE_BYTES + 5)
    lines = read(path, b"first\n" + long + b"\nlast\n", log_format=LogFormat.PLAIN)
    assert [line.number for line in lines] == [1, 2, 3]
    assert messages(lines) == ["first", None, "last"]


def test_gzip_is_known_by_its_content_and_bytes_are_counted(path: Path) -> None:
    content = gzip.compress(json.dumps(RECORD).encode() * 1)
    path.write_bytes(content)
    counted: list[int] = []
    assert messages(list(read_records(str(path), on_bytes=counted.append))) == ["x"]
    assert sum(counted) == len(content)


def test_a_damaged_gzip_ends_with_a_fault(path: Path) -> None:
    whole = gzip.compress(b"".join(json.dumps(RECORD | {"n": n}).encode() + b"\n" for n in range(50_000)))
    lines = read(path, whole[: len(whole) // 2])
    assert len(lines) > 1
    assert all(line.record for line in lines[:-1])
    assert lines[-1].record is None
    assert "compressed" in lines[-1].error


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"message": "x"}\n')))
    assert messages(list(read_records("-"))) == ["x"]


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_records(str(tmp_path / "absent")))


def test_an_empty_file_has_no_lines(path: Path) -> None:
    assert read(path, b"") == []


def test_memory_does_not_grow_with_the_file(path: Path) -> None:
    path.write_bytes(json.dumps(RECORD).encode().join([b"\n"] * 20_000))
    tracemalloc.start()
    count = sum(1 for _ in read_records(str(path)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 19_999
    assert peak < 1_500_000


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name", ["logs/openssh_2k.jsonl.gz", "logs/wifi_openwrt_dev.jsonl.gz", "exports/export_wifi_dev.json.gz"]
)
def test_every_line_of_real_logs_is_a_record(shared_data: Path, name: str) -> None:
    lines = list(read_records(str(shared_data / name)))
    assert len(lines) in (562, 2000)
    assert all(line.record and line.record.program and not line.record.timestamp_assumed for line in lines)
