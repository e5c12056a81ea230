"""Anybody's field names become one record; bad records say why."""

from datetime import UTC, datetime
from typing import Any

import pytest

from inference.intake.resolver import Resolver, resolve
from inference.intake.storable import MAX_MESSAGE_BYTES
from inference.records import LogRecord, id_of
from modelhub.errors import Code, InputInvalid

NOW = datetime(2024, 1, 6, 12, tzinfo=UTC)


def resolved(entry: dict[str, Any]) -> LogRecord:
    return resolve(entry, received_at=NOW)


@pytest.mark.parametrize("key", ["message", "log", "msg", "body", "event", "short_message", "raw_message"])
def test_text_under_any_of_its_names(key: str) -> None:
    assert resolved({key: "hello"}).message == "hello"


def test_the_text_of_an_opentelemetry_body() -> None:
    assert resolved({"body": {"stringValue": "hello"}}).message == "hello"


def test_the_first_text_that_says_something_wins() -> None:
    assert (
        resolved({"message": "", "msg": None, "log": 5, "raw_message": "raw", "event": "event"}).message
        == "event"
    )


def test_an_empty_text_is_a_text() -> None:
    assert resolved({"message": ""}).message == ""


@pytest.mark.parametrize("key", ["timestamp", "@timestamp", "date", "time", "ts", "timeUnixNano"])
def test_time_under_any_of_its_names(key: str) -> None:
    record = resolved({"message": "x", key: "1704542400000000000"})
    assert record.timestamp == NOW
    assert not record.timestamp_assumed


@pytest.mark.parametrize("entry", [{}, {"timestamp": None}, {"time": ""}, {"timeUnixNano": "0"}])
def test_a_missing_time_is_the_receive_time_and_marked(entry: dict[str, Any]) -> None:
    record = resolved({"message": "x", **entry})
    assert record.timestamp == NOW
    assert record.timestamp_assumed


@pytest.mark.parametrize(
    "entry",
    [
        {"level": "warn"},
        {"log_level": "WARNING"},
        {"severity": 4},
        {"severityText": "Warning"},
        {"severityNumber": 13},
        {"log.level": "warn"},
        {"log": {"level": "warn"}},
        {"level": "", "severity": "warning"},
    ],
)
def test_level_under_any_of_its_names(entry: dict[str, Any]) -> None:
    assert resolved({"message": "x", **entry}).level == "WARNING"


@pytest.mark.parametrize(
    "entry",
    [
        {"program": "sshd"},
        {"process_name": "sshd"},
        {"process": "sshd"},
        {"appname": "sshd"},
        {"service.name": "sshd"},
        {"service": {"name": "sshd"}},
        {"process": {"name": "sshd", "pid": 7}},
        {"program": "", "process": 7, "appname": "sshd"},
    ],
)
def test_program_under_any_of_its_names(entry: dict[str, Any]) -> None:
    assert resolved({"message": "x", **entry}).program == "sshd"


@pytest.mark.parametrize(
    "entry",
    [{"host": "a"}, {"hostname": "a"}, {"host.name": "a"}, {"host": {"name": "a"}}, {"device_ip": "a"}],
)
def test_host_under_any_of_its_names(entry: dict[str, Any]) -> None:
    assert resolved({"message": "x", **entry}).host == "a"


def test_empty_names_are_unknown() -> None:
    record = resolved({"message": "x", "program": "", "host": "", "level": ""})
    assert (record.program, record.host, record.level) == (None, None, None)


def test_a_given_id_is_kept_as_text() -> None:
    assert resolved({"message": "x", "id": 7}).record_id == "7"


def test_the_content_names_a_record_without_id() -> None:
    first, again = (
        resolved({"message": "x", "ts": 1}),
        resolved({"msg": "x", "timestamp": "1970-01-01T00:00:01Z"}),
    )
    assert id_of(first) == id_of(again)
    assert len(id_of(first)) == 32
    others = [{"message": "y", "ts": 1}, {"message": "x", "ts": 2}, {"message": "x", "ts": 1, "host": "h"}]
    assert id_of(first) not in {id_of(resolved(other)) for other in others}


def test_content_does_not_run_from_one_field_into_the_next() -> None:
    left = resolved({"message": "x", "ts": 1, "host": "ab", "program": "c"})
    right = resolved({"message": "x", "ts": 1, "host": "a", "program": "bc"})
    assert id_of(left) != id_of(right)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"level": "INFO"},
        {"message": None},
        {"message": 5},
        {"message": ["x"]},
        {"message": "a\x00b"},
        {"message": "a\ud800b"},
        {"message": "ä" * (MAX_MESSAGE_BYTES // 2 + 1)},
        {"message": "x", "timestamp": "never"},
        {"message": "x", "program": "a\x00"},
        {"message": "x", "host": "\udc00"},
        {"message": "x", "program": "p" * 256},
        {"message": "x", "id": "i" * 129},
        {"message": "x", "id": "\x00"},
        {"message": "x", "level": "\x00"},
    ],
)
def test_a_bad_record_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid) as raised:
        resolved(entry)
    assert raised.value.code is Code.RECORD_INVALID


def test_control_characters_markup_and_escapes_are_data() -> None:
    message = "\x1b[31m<script>alert(1)</script>\r\n\x07"
    assert resolved({"message": message}).message == message


def test_a_message_of_just_64_kb_is_allowed() -> None:
    assert resolved({"message": "ä" * (MAX_MESSAGE_BYTES // 2)})


def test_records_of_one_layout_are_each_read_for_themselves() -> None:
    resolver = Resolver(NOW)
    first = resolver.resolve({"msg": "a", "host": {"name": "h"}, "ts": "2026-03-02T08:00:00Z", "level": None})
    again = resolver.resolve({"msg": "b", "host": "plain", "ts": "2026-03-02T08:00:01Z", "level": "warn"})
    other = resolver.resolve({"msg": "c", "host": 7, "ts": "2026-03-02T08:00:00Z", "level": ""})
    assert [record.host for record in (first, again, other)] == ["h", "plain", None]
    assert [record.level for record in (first, again, other)] == [None, "WARNING", None]
    assert first.timestamp == other.timestamp != again.timestamp


def test_a_bad_record_leaves_the_next_of_its_layout_alone() -> None:
    resolver = Resolver(NOW)
    for _ in range(2):
        with pytest.raises(InputInvalid):
            resolver.resolve({"message": "x", "ts": "nonsense"})
    assert resolver.resolve({"message": "x", "ts": None}).timestamp_assumed
