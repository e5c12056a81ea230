"""Messages name the request that they are for; a task's beginning and end are log lines of that request."""

import logging

import pytest
from celery import shared_task

from modelhub.actors import Origin, origin
from modelhub.taskcontext import HEADER, send_request_id


@shared_task(name="tests.fails")
def _fails() -> None:
    raise ValueError("on purpose")


def test_a_message_names_the_sender_s_request() -> None:
    before = origin.set(Origin("r1", ""))
    headers: dict[str, str] = {}
    try:
        send_request_id(headers=headers)
    finally:
        origin.reset(before)
    assert headers == {HEADER: "r1"}


def test_a_message_sent_for_another_request_keeps_that_one_s_id() -> None:
    before = origin.set(Origin("r1", ""))
    headers = {HEADER: "r0"}
    try:
        send_request_id(headers=headers)
    finally:
        origin.reset(before)
    assert headers == {HEADER: "r0"}


def test_a_failed_task_ends_with_its_state(caplog: pytest.LogCaptureFixture) -> None:
    import modelhub.celery  # noqa: F401 (connects the signals, as a worker does)

    with caplog.at_level(logging.INFO, "modelhub.taskcontext"):
        ran = _fails.apply()
    ends = [line for line in caplog.records if line.getMessage() == "task ended"]
    assert [(line.task, line.task_id, line.state) for line in ends] == [("tests.fails", ran.id, "FAILURE")]  # type: ignore[attr-defined]
    assert origin.get() == Origin()
