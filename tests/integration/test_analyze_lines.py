"""POST /models/analyze for clients that ask for JSON lines: the same answer, made while it is sent."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from inference.api import linewise
from tests.integration.conftest import sshd_records

URL = "/api/v1/models/analyze"
LINES = "application/x-ndjson"
pytestmark = pytest.mark.usefixtures("deployed_version")


def entries(count: int) -> list[dict[str, Any]]:
    return [
        {"message": r.message, "timestamp": str(r.timestamp), "program": r.program, "level": r.level}
        for r in sshd_records(count, seed=9)
    ]


def post(api: Client, body: Any, accept: str = LINES, query: str = "") -> Any:
    return api.post(URL + query, body, content_type="application/json", headers={"Accept": accept})


def lines_of(answer: Any) -> list[Any]:
    content = b"".join(answer.streaming_content)
    assert content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines()]


def timeless(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in one.items() if key != "analysis_timestamp"} for one in results]


def test_the_lines_hold_what_the_document_holds(api: Client) -> None:
    sent: list[Any] = entries(450)
    sent[7] = {"message": None}
    document = post(api, sent, "application/json", "?explain=2").json()
    head, *lines = lines_of(post(api, sent, query="?explain=2"))
    assert set(head) == {"model", "run", "summary"}
    assert head["model"] == document["model"]
    assert head["summary"].keys() == document["summary"].keys()
    assert timeless(lines[:-1]) == timeless(document["results"])
    assert lines[-1] == {"error": document["errors"][0]}


def test_the_head_says_how_many_lines_follow(api: Client) -> None:
    head, *lines = lines_of(post(api, [*entries(5), 7, None]))
    summary = head["summary"]
    assert (summary["scored"], summary["rejected"]) == (5, 2)
    assert len(lines) == 7


def test_no_record_is_a_head_and_nothing_else(api: Client) -> None:
    assert len(lines_of(post(api, "[]"))) == 1


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("application/json, */*", "application/json"),
        ("application/*", "application/json"),
        ("application/json, application/x-ndjson", "application/json"),
        ("application/x-ndjson, application/json;q=0.5", "application/x-ndjson"),
        ("application/jsonl", "application/jsonl"),
    ],
)
def test_lines_come_only_where_they_are_preferred_by_name(api: Client, accept: str, kind: str) -> None:
    answer = post(api, entries(2), accept)
    assert answer.headers["Content-Type"] == kind
    assert answer.streaming is (kind != "application/json")


def test_a_refusal_is_a_problem_document(api: Client) -> None:
    answer = post(api, "[7]")
    assert (answer.status_code, answer.json()["code"]) == (422, "record_invalid")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_neither_form_wanted_is_refused(api: Client) -> None:
    assert post(api, entries(2), "text/html").status_code == 406


def test_half_a_surrogate_that_is_passed_through_does_not_end_the_stream(api: Client) -> None:
    sent = '[{"message": "x", "note": "\\ud800"}, {"message": "y"}]'
    _, first, second = lines_of(post(api, sent))
    assert first["log_entry"]["note"] == "\ud800"
    assert second["log_entry"]["message"] == "y"


def test_an_answer_is_made_piece_by_piece() -> None:
    asked: list[int] = []

    def results() -> Iterable[dict[str, int]]:
        for place in range(10_000):
            asked.append(place)
            yield {"index": place}

    answer = linewise.respond({}, results(), [], media_type=LINES)
    assert isinstance(answer, StreamingHttpResponse)
    first = next(iter(answer))
    assert len(asked) < 1_000
    assert 0 < first.count(b"\n") < 1_000
