"""Scoring through the door before Django answers what plain Django answers, whatever is sent."""

import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import set_script_prefix
from django.utils import timezone
from pytest_django.fixtures import Settings

from inference.api.door import Door
from modelhub.accounts import limits, refusals, remembered, tokens
from modelhub.actors import Actor, Channel
from modelhub.registry.models import ModelVersion
from monitoring.models import Anomaly

PREDICT, ANALYZE = "/api/v1/models/predict", "/api/v1/models/analyze"
WIDTH = 32
ROW = [0.5] * WIDTH
_CHANGING = {"request_id", "run", "analysis_timestamp", "inference_time"}
_CHANGING_HEADERS = {"X-Request-Id", "Content-Length"}


@dataclass(frozen=True)
class Answer:
    """What came back of one WSGI call."""

    status: str
    headers: dict[str, str]
    body: bytes

    @property
    def comparable(self) -> Any:
        """Everything but ids, times and what depends on their length."""
        names = {name: value for name, value in self.headers.items() if name not in _CHANGING_HEADERS}
        return self.status, names, [_steady(json.loads(line)) for line in self.body.splitlines()]


@dataclass(frozen=True)
class Case:
    """One request: its path, body and what differs from a good one's WSGI environment."""

    body: Any = field(default_factory=lambda: {"features": [ROW]})
    path: str = PREDICT
    environ: dict[str, Any] = field(default_factory=dict)

    def made(self) -> dict[str, Any]:
        """A fresh WSGI environment."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        path, _, query = self.path.partition("?")
        plain = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost:8000",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        return {name: value for name, value in (plain | self.environ).items() if value is not None}


def _record(**changes: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-03-02T08:00:00Z",
        "level": "INFO",
        "program": "sshd",
        "message": "ok",
    } | changes


CASES = {
    "one row": Case(),
    "with slash": Case(path=PREDICT + "/"),
    "two slashes": Case(path=PREDICT + "//"),
    "many rows": Case({"features": [ROW] * 100}),
    "rows by name": Case({"features": [{"no": 1.0}]}),
    "probabilities": Case({"features": [ROW], "probabilities": True}),
    "probabilities of no kind": Case({"features": [ROW], "probabilities": "yes"}),
    "no rows": Case({"features": []}),
    "short row": Case({"features": [ROW, [1.0]]}),
    "text in a row": Case({"features": [[*ROW[1:], "1"]]}),
    "truth in a row": Case({"features": [[*ROW[1:], True]]}),
    "too large a number": Case({"features": [[*ROW[1:], 1e300]]}),
    "too long an integer": Case(b'{"features": [[%s]]}' % b",".join([b"1" * 20] * WIDTH)),
    "a number of twenty digits": Case(b'{"features": [[%s]]}' % b",".join([b"0." + b"1" * 20] * WIDTH)),
    "NaN": Case(b'{"features": [[NaN]]}'),
    "infinity": Case(b'{"features": [[%s]]}' % b",".join([b"1e999"] * WIDTH)),
    "key twice": Case(b'{"features": [[1]], "features": [[2]]}'),
    "escaped key": Case(b'{"\\u0066eatures": [%s]}' % json.dumps(ROW).encode()),
    "another key": Case({"features": [ROW], "colour": 1}),
    "byte order mark": Case(b'\xef\xbb\xbf{"features": []}'),
    "no JSON": Case(b"{"),
    "no object": Case([1, 2]),
    "deep": Case(b"[" * 200 + b"]" * 200),
    "no body": Case(b""),
    "only spaces": Case(b"   "),
    "analyze": Case([_record()], ANALYZE),
    "analyze with reasons": Case([_record()], ANALYZE + "?explain=2"),
    "analyze with bad reasons": Case([_record()], ANALYZE + "?explain=x"),
    "analyze with slash": Case({"logs": [_record()]}, ANALYZE + "/"),
    "analyze nothing": Case([], ANALYZE),
    "analyze a bad record": Case([_record(message=7)], ANALYZE),
    "analyze lines": Case(json.dumps(_record()).encode(), ANALYZE, {"CONTENT_TYPE": "application/x-ndjson"}),
    "analyze as lines": Case([_record()], ANALYZE, {"HTTP_ACCEPT": "application/x-ndjson"}),
    "named version": Case(path=PREDICT + "?version=1.0.0"),
    "unknown version": Case(path=PREDICT + "?version=9"),
    "unknown model": Case(path=PREDICT + "?model=nobody"),
    "many parameters": Case(path=PREDICT + "?" + "a&" * 2000),
    "broken parameters": Case(path=PREDICT + "?model=%ff%00"),
    "get": Case(b"", environ={"REQUEST_METHOD": "GET"}),
    "put": Case(environ={"REQUEST_METHOD": "PUT"}),
    "options": Case(b"", environ={"REQUEST_METHOD": "OPTIONS"}),
    "head": Case(b"", environ={"REQUEST_METHOD": "HEAD"}),
    "post in small letters": Case(environ={"REQUEST_METHOD": "post"}),
    "text": Case(environ={"CONTENT_TYPE": "text/plain"}),
    "a character set": Case(environ={"CONTENT_TYPE": "application/json; charset=utf-8"}),
    "an unknown character set": Case(environ={"CONTENT_TYPE": "application/json; charset=no"}),
    "capitals": Case(environ={"CONTENT_TYPE": "Application/JSON"}),
    "no content type": Case(environ={"CONTENT_TYPE": None}),
    "lines to predict": Case(environ={"CONTENT_TYPE": "application/x-ndjson"}),
    "accepts JSON": Case(environ={"HTTP_ACCEPT": "application/json"}),
    "accepts pages": Case(environ={"HTTP_ACCEPT": "text/html"}),
    "accepts anything, pages first": Case(environ={"HTTP_ACCEPT": "text/html, */*;q=0.1"}),
    "refuses JSON": Case(environ={"HTTP_ACCEPT": "application/json;q=0"}),
    "a long accept": Case(environ={"HTTP_ACCEPT": ",".join(["text/html"] * 100)}),
    "gzip": Case(
        gzip.compress(json.dumps({"features": [ROW]}).encode()), environ={"HTTP_CONTENT_ENCODING": "gzip"}
    ),
    "broken gzip": Case(b"\x1f\x8b\x00", environ={"HTTP_CONTENT_ENCODING": "gzip"}),
    "gzip bomb": Case(gzip.compress(b" " * 500_000), environ={"HTTP_CONTENT_ENCODING": "gzip"}),
    "brotli": Case(environ={"HTTP_CONTENT_ENCODING": "br"}),
    "too large": Case(b" " * 200_000),
    "said to be too large": Case(environ={"CONTENT_LENGTH": "9" * 9}),
    "a length in words": Case(environ={"CONTENT_LENGTH": "many"}),
    "a negative length": Case(environ={"CONTENT_LENGTH": "-1"}),
    "longer than it says": Case(environ={"CONTENT_LENGTH": "5"}),
    "shorter than it says": Case(environ={"CONTENT_LENGTH": "9999"}),
    "no length": Case(environ={"CONTENT_LENGTH": None}),
    "own id": Case(environ={"HTTP_X_REQUEST_ID": "mine-1"}),
    "foreign host": Case(environ={"HTTP_HOST": "evil.example"}),
    "no host": Case(environ={"HTTP_HOST": None}),
    "broken host": Case(environ={"HTTP_HOST": "local host"}),
    "host as an address": Case(environ={"HTTP_HOST": "[::1]:8000"}),
    "host of another port": Case(environ={"HTTP_HOST": "localhost:1"}),
    "host in capitals": Case(environ={"HTTP_HOST": "LOCALHOST"}),
    "host with a dot": Case(environ={"HTTP_HOST": "localhost."}),
    "forwarded host": Case(environ={"HTTP_X_FORWARDED_HOST": "evil.example"}),
    "forwarded for": Case(environ={"HTTP_X_FORWARDED_FOR": "10.0.0.1"}),
    "from elsewhere": Case(environ={"REMOTE_ADDR": "203.0.113.9"}),
    "no address": Case(environ={"REMOTE_ADDR": ""}),
    "foreign origin": Case(environ={"HTTP_ORIGIN": "https://evil.example"}),
    "own origin": Case(environ={"HTTP_ORIGIN": "http://localhost:8000"}),
    "cross-site": Case(environ={"HTTP_SEC_FETCH_SITE": "cross-site"}),
    "cookie": Case(environ={"HTTP_COOKIE": "a=b"}),
    "ended session": Case(environ={"HTTP_COOKIE": "sessionid=gone"}),
    "encrypted": Case(environ={"wsgi.url_scheme": "https"}),
    "said to be encrypted": Case(environ={"HTTP_X_FORWARDED_PROTO": "https"}),
    "garbage for a token": Case(environ={"HTTP_AUTHORIZATION": "Bearer garbage"}),
    "empty token": Case(environ={"HTTP_AUTHORIZATION": ""}),
    "basic": Case(environ={"HTTP_AUTHORIZATION": "Basic YTpi"}),
    "unknown token": Case(environ={"HTTP_AUTHORIZATION": "Bearer mh_" + "a" * 64}),
    "below another path": Case(environ={"SCRIPT_NAME": "/hub"}),
}
TOKENS = ("good", "of the other scheme", "expired", "revoked", "of nobody active", "without permission")


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _steady(one) for key, one in value.items() if key not in _CHANGING}
    return [_steady(one) for one in value] if isinstance(value, list) else value


def called(application: Callable[..., Any], case: Case) -> Answer:
    """The answer of a WSGI application, which is closed as a server closes it."""
    said: list[Any] = []
    pieces = application(case.made(), lambda status, headers: said.extend((status, headers)))
    try:
        body = b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    return Answer(said[0], {name: value.strip() for name, value in said[1]}, body)


def both(case: Case) -> tuple[Answer, Answer]:
    """The answers of plain Django and of the door, each without anything to remember of the other."""
    answers = []
    django = get_wsgi_application()
    for application in (django, Door(django)):
        for memory in (limits, refusals, remembered):
            memory.forget()
        Anomaly.objects.all().delete()
        answers.append(called(application, case))
    return answers[0], answers[1]


@pytest.fixture(autouse=True)
def kept_connection() -> Iterator[None]:
    """The test's transaction outlives a request, as with Django's own test client."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    set_script_prefix("/")
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def small_bodies(settings: Settings, deployed_version: ModelVersion) -> None:
    """A body of 100 kB is too large here."""
    settings.MODELHUB = settings.MODELHUB | {"MAX_BODY_BYTES": 100_000}


def issued(kind: str) -> str:
    """The Authorization header of a token of that kind."""
    user = User.objects.create_user("ada", password=None)
    if kind != "without permission":
        user.user_permissions.add(Permission.objects.get(codename="analyze"))
    token, text = tokens.issue(user, "door", Actor("tester", Channel.COMMAND), days=1)
    if kind == "expired":
        token.expiry = timezone.now() - timedelta(days=1)
        token.save()
    if kind == "revoked":
        tokens.revoke(token.token_key, Actor("tester", Channel.COMMAND))
    if kind == "of nobody active":
        User.objects.update(is_active=False)
    return f"{'Token' if kind == 'of the other scheme' else 'Bearer'} {text}"


@pytest.mark.parametrize("name", CASES)
def test_the_door_answers_as_django_does(name: str) -> None:
    expected, found = both(CASES[name])
    assert found.comparable == expected.comparable


@pytest.mark.parametrize("name", CASES)
def test_the_door_answers_strangers_as_django_does(name: str, settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"DEV_ANONYMOUS": False}
    expected, found = both(CASES[name])
    assert found.comparable == expected.comparable
    assert not found.status.startswith("2")


@pytest.mark.parametrize("path", [PREDICT, ANALYZE])
@pytest.mark.parametrize("kind", TOKENS)
def test_the_door_answers_tokens_as_django_does(kind: str, path: str) -> None:
    body = {"features": [ROW]} if path == PREDICT else [_record()]
    expected, found = both(Case(body, path, {"HTTP_AUTHORIZATION": issued(kind)}))
    assert found.comparable == expected.comparable
    assert found.status.startswith("200") == (kind in TOKENS[:2])


@pytest.mark.parametrize(
    "case", ["one row", "encrypted", "said to be encrypted", "foreign host", "garbage for a token"]
)
@pytest.mark.parametrize("proxy", [None, ("HTTP_X_FORWARDED_PROTO", "https")], ids=["direct", "proxy"])
def test_the_door_redirects_and_binds_to_https_as_django_does(
    case: str, proxy: tuple[str, str] | None, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SECURE_PROXY_SSL_HEADER = proxy
    expected, found = both(CASES[case])
    assert (found.status, found.headers.keys()) == (expected.status, expected.headers.keys())


def test_the_door_limits_a_caller_as_django_does(settings: Settings) -> None:
    case = Case(environ={"HTTP_AUTHORIZATION": issued("good")})
    settings.MODELHUB = settings.MODELHUB | {"THROTTLE_ANALYZE": "1/h"}
    django = get_wsgi_application()
    limits.forget()
    assert called(Door(django), case).status.startswith("200")
    expected, found = called(django, case), called(Door(django), case)
    assert found.status.startswith("429")
    assert found.headers.keys() == expected.headers.keys()


def test_a_failure_of_ours_is_a_500_without_details(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("inference.serving.loading.for_request", broken)
    expected, found = both(Case())
    assert found.comparable == expected.comparable
    assert found.status.startswith("500")
    assert b"secret" not in found.body


def test_every_middleware_of_the_settings_has_its_counterpart() -> None:
    from inference.api.doorrules import unknown_middleware

    assert unknown_middleware() == []


def test_unknown_middleware_is_never_skipped(settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.integration.test_scoring_door.marking"]
    assert called(Door(get_wsgi_application()), Case()).headers["X-Marked"] == "yes"


def marking(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Middleware of somebody else."""

    def middleware(request: Any) -> Any:
        response = get_response(request)
        response["X-Marked"] = "yes"
        return response

    return middleware


def test_plain_calls_do_not_reach_django() -> None:
    def django(*_: object) -> list[bytes]:
        raise AssertionError("the long way")

    assert called(Door(django), Case()).status.startswith("200")


@pytest.mark.parametrize("name", CASES)
def test_nothing_that_is_sent_is_our_failure(name: str) -> None:
    assert not called(Door(get_wsgi_application()), CASES[name]).status.startswith("5")


def test_an_answer_in_lines_keeps_its_place_until_it_is_sent(settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"SCORING_LIMIT": 1}
    door = Door(get_wsgi_application())
    environ = CASES["analyze as lines"].made()
    answer = door(environ, lambda status, headers: None)
    assert called(door, Case()).status.startswith("503")
    assert b"".join(answer)
    answer.close()  # type: ignore[attr-defined]
    assert called(door, Case()).status.startswith("200")
