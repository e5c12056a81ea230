"""Bodies: a list in three wrappings, with bad records beside good ones."""

from datetime import UTC, datetime

import pytest

from inference.intake.jsonbody import Intake, parse_body
from modelhub.errors import Code, InputInvalid

NOW = datetime(2024, 1, 6, 12, tzinfo=UTC)
JSON = "application/json"
NDJSON = "application/x-ndjson; charset=utf-8"


def parsed(body: bytes, content_type: str = JSON) -> Intake:
    return parse_body(body, content_type, received_at=NOW, max_records=5)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'[{"message":"a"},{"message":"b"}]', JSON),
        (b' {"logs": [{"message":"a"},{"message":"b"}], "more": 1} ', JSON),
        (b'{"message":"a"}\n\n{"message":"b"}\r\n', NDJSON),
        (b'\xef\xbb\xbf{"message":"a"}\n{"message":"b"}', NDJSON),
        (b'\xef\xbb\xbf[{"message":"a"},{"message":"b"}]', JSON),
    ],
)
def test_three_wrappings_of_the_same_records(body: bytes, content_type: str) -> None:
    intake = parsed(body, content_type)
    assert [record.message for record in intake.records] == ["a", "b"]
    assert intake.entries == [{"message": "a"}, {"message": "b"}]
    assert intake.indexes == [0, 1]
    assert intake.errors == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'[{"message":"a"},7,{"level":"INFO"},{"message":"d"}]', JSON),
        (b'{"message":"a"}\n7\n{"level":"INFO"}\n{"message":"d"}', NDJSON),
    ],
)
def test_bad_records_are_named_beside_the_good_ones(body: bytes, content_type: str) -> None:
    intake = parsed(body, content_type)
    assert intake.indexes == [0, 3]
    assert [(error.index, error.code) for error in intake.errors] == [
        (1, "record_invalid"),
        (2, "record_invalid"),
    ]
    assert intake.received == 4


def test_half_a_surrogate_spoils_its_own_record_only() -> None:
    intake = parsed(rb'[{"message":"\ud800"},{"message":"\ud83d\ude00"}]')
    assert [record.message for record in intake.records] == ["😀"]
    assert [error.code for error in intake.errors] == ["record_invalid"]


def test_a_broken_line_is_an_error_beside_the_others() -> None:
    intake = parsed(b'{"message":"a"}\n{"message":', NDJSON)
    assert [error.code for error in intake.errors] == ["json_invalid"]
    assert len(intake.records) == 1


def test_lines_that_are_all_broken_are_no_json() -> None:
    with pytest.raises(InputInvalid) as raised:
        parsed(b"{\n{", NDJSON)
    assert raised.value.code is Code.JSON_INVALID


@pytest.mark.parametrize("body", [b"[]", b'{"logs": []}'])
def test_an_empty_list_is_an_empty_intake(body: bytes) -> None:
    assert parsed(body).received == 0


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"null", b"7", b'"text"', b"{}", b'{"message":"a"}', b'{"logs":{}}']
)
def test_no_list_of_records(body: bytes) -> None:
    with pytest.raises(InputInvalid) as raised:
        parsed(body)
    assert raised.value.code is Code.BODY_INVALID


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"[" + b"{}," * 5 + b"{}]", JSON), (b"{}\n" * 6, NDJSON)]
)
def test_more_records_than_allowed(body: bytes, content_type: str) -> None:
    with pytest.raises(InputInvalid) as raised:
        parsed(body, content_type)
    assert raised.value.code is Code.BODY_TOO_LARGE


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 65 + b"]" * 65,
        b'[{"message":"a","n":' + b"1" * 5_000 + b"}]",
        b'[{"message":"a","n":18446744073709551616}]',
        b'[{"message":"a","n":NaN}]',
        b'[{"message":"a","n":-Infinity}]',
        b'[{"message":"a","n":1e999}]',
        rb'[{"message":"\ud800","n":1e999}]',
        b'[{"message":"a","message":"b"}]',
        b'[{"message":"a","x":{"k":[{"a":1,"a":2}]}}]',
        rb'[{"message":"\ud800","message":"b"}]',
        b'[{"message":"\xff"}]',
        b'[{"message":"a"},]',
        b"[{'message':'a'}]",
        '[{"message":"a"}]'.encode("utf-16"),
        b'[{"message":"a\nb"}]',
        b'"' + b'\\"' * 100_000,
        b"[1]]",
    ],
)
def test_what_is_no_acceptable_json_is_refused(body: bytes) -> None:
    with pytest.raises(InputInvalid) as raised:
        parsed(body)
    assert raised.value.code is Code.JSON_INVALID


def test_colons_brackets_and_quotes_inside_texts_are_no_structure() -> None:
    message = r"{\"a\": [[[: \\"
    assert parsed(b'[{"message":"' + message.encode() + b'","n":0.12345678901234567890123}]').records[
        0
    ].message == ('{"a": [[[: \\')
