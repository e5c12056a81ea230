"""Sending a case: through Django's handler to the database and back, leaving the hub as it was."""

import json
from typing import Any

from django.test import Client

from tests.contracts.api.case import Case
from tests.contracts.api.world import World, undone

PROBLEM = "application/problem+json"
_PROBLEM_KEYS = {"type", "title", "status", "detail", "instance", "code"}


def answered(case: Case, hub: World, *, slash: str) -> Any:
    """The answer to the case's last request."""
    client = Client(headers={"Host": "localhost"}, raise_request_exception=False)
    credential = {"Authorization": hub.credentials[case.role]} if case.role else {}
    body = case.body if isinstance(case.body, bytes) else b"" if case.body is None else json.dumps(case.body)
    with undone(), case.around(hub):
        for _ in range(case.sent):
            answer = client.generic(
                case.method or case.operation.split()[0],
                case.address(slash),
                body,
                content_type=case.content_type,
                headers=credential | dict(case.headers),
            )
            if answer.streaming:  # while the hub is as the case wants it
                answer.getvalue()
    return answer


def faults(case: Case, answer: Any) -> list[str]:
    """What of the answer is not as the case says; empty when it is."""
    if case.is_success:
        return _success_faults(case, answer)
    try:
        body = answer.json()
    except ValueError:
        return [f"{answer.status_code} without a problem document"]
    found = []
    if (answer.status_code, body.get("code")) != (case.status, case.code):
        found.append(f"{answer.status_code} {body.get('code')}: {body.get('detail')}")
    if answer["Content-Type"] != PROBLEM or not body.keys() >= _PROBLEM_KEYS:
        found.append(f"not a problem document: {answer['Content-Type']} {sorted(body)}")
    if case.status in (429, 503) and not answer.get("Retry-After", "").isdigit():
        found.append("no Retry-After")
    if case.status == 401 and not answer.get("WWW-Authenticate"):
        found.append("no WWW-Authenticate")
    if case.status == 405 and not answer.get("Allow"):
        found.append("no Allow")
    return found


def _success_faults(case: Case, answer: Any) -> list[str]:
    if answer.status_code != case.status:
        return [f"{answer.status_code}: {b'' if answer.streaming else answer.content[:300]!r}"]
    if not case.keys:
        return []
    body = answer.json()
    rows = body if isinstance(body, list) else [body]
    return [f"without {key}" for key in case.keys for row in rows[:1] or [{}] if not _has(row, key)]


def _has(value: Any, key: str) -> bool:
    """True when the key is there; a dotted one leads into objects, and into the first of a list."""
    for step in key.split("."):
        value = value[0] if isinstance(value, list) and value else value
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True
