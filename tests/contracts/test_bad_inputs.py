"""Bad inputs, one parametrised test per row of the corpus: the stated answer, and the state that stays.

``docs/bad-inputs.md`` leads from each row to its tests.
"""

import ast
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from modelhub.accounts import limits, remembered, tokens
from modelhub.accounts.models import ApiToken
from modelhub.actors import Actor, Channel
from modelhub.audit.models import AuditEntry
from modelhub.registry.models import Deployment, ModelVersion
from modelhub.transfers.models import Transfer
from monitoring import metering
from monitoring.models import Anomaly, InferenceMetric
from tests.contracts.api.versions import RECORDS
from tests.contracts.api.world import World

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "bad-inputs.md"
V1 = "/api/v1"
ANALYZE, PREDICT = f"{V1}/models/analyze", f"{V1}/models/predict"
DEPLOY = f"{V1}/model-management/2.0.0/deploy"
HISTORY, CLEANUP = f"{V1}/model-management/transfer-history", f"{V1}/model-management/performance/cleanup"
JSON = "application/json"
ACTOR = Actor("tester", Channel.COMMAND)
XSS = "<script>alert('x')</script><img src=x onerror=alert(1)>"
LOUD = {
    "message": XSS + "\x1b[2J FAILED DENIED ERROR %%%%%%%% !!!!!!!! 1.2.3.4 5.6.7.8 aa:bb:cc:dd:ee:ff " * 9,
    "timestamp": "2026-03-08T03:33:33Z",
    "level": "CRITICAL",
    "program": XSS,
    "host": XSS,
    "id": "xss-1",
}


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    """No caller is known or limited by an earlier test."""
    for room in (limits, remembered):
        room.forget()
    yield
    for room in (limits, remembered):
        room.forget()


@pytest.fixture
def caller(hub: World) -> Client:
    """An administrator's program."""
    return as_role(hub, "admin")


def as_role(hub: World, role: str) -> Client:
    return Client(
        headers={"Host": "localhost", "Authorization": hub.credentials[role]}, raise_request_exception=False
    )


def post(caller: Client, body: bytes | str | Any, url: str = ANALYZE, **extra: Any) -> Any:
    sent = body if isinstance(body, bytes | str) else json.dumps(body)
    kind = extra.pop("content_type", JSON)
    # Django's client says no type of an empty body unless it is told to.
    return caller.generic("POST", url, sent, content_type=kind, CONTENT_TYPE=kind, **extra)


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"


def measured() -> tuple[int, int]:
    """Records and anomalies that are counted."""
    metering.flush()
    rows = InferenceMetric.objects.values_list("records", "anomalies")
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


@pytest.mark.parametrize(
    "body", ["", " ", "null", "7", '"text"', "true", "{}", '{"logs": 3}', '{"records": []}']
)
def test_row_46_a_body_that_is_no_list_of_records(caller: Client, body: str) -> None:
    refused(post(caller, body), 422, "body_invalid")


@pytest.mark.parametrize("body", ["[]", '{"logs": []}'])
def test_row_47_an_empty_list_has_no_results_and_no_metric_row(caller: Client, body: str) -> None:
    before = InferenceMetric.objects.count()
    answer = post(caller, body)
    metering.flush()
    assert (answer.status_code, answer.json()["results"]) == (200, [])
    assert InferenceMetric.objects.count() == before


@pytest.mark.parametrize("bad", [{"message": None}, {"message": "a\x00b"}, 7, {}])
def test_row_48_one_bad_record_among_999_good_ones(caller: Client, bad: Any) -> None:
    good = [RECORDS[i % len(RECORDS)] | {"id": f"n{i}"} for i in range(999)]
    records_before, _ = measured()
    answer = post(caller, [*good[:500], bad, *good[500:]]).json()
    assert [(fault["index"], fault["code"]) for fault in answer["errors"]] == [(500, "record_invalid")]
    assert len(answer["results"]) == 999
    assert measured()[0] - records_before == 999


@pytest.mark.parametrize(
    ("record", "status", "code"),
    [
        ('{"message": "a\\u0000b"}', 422, "record_invalid"),
        ('{"message": "\\ud800"}', 422, "record_invalid"),
        ('{"message": "%s"}' % ("x" * 10_000_000), 413, "body_too_large"),
        ('{"message": "%s"}' % ("x" * 70_000), 422, "record_invalid"),
    ],
    ids=["NUL", "half a surrogate", "10 MB", "70 KB"],
)
def test_row_49_text_that_cannot_be_kept(caller: Client, record: str, status: int, code: str) -> None:
    refused(post(caller, f"[{record}]"), status, code)
    assert not Anomaly.objects.exists()


@pytest.mark.parametrize("text", [XSS, "\x1b[2J\x07\x08", "\u202e\ufeff\uffff", "'; DROP TABLE x;--"])
def test_row_49_hostile_text_is_stored_as_it_is(caller: Client, text: str) -> None:
    record = LOUD | {"message": text + LOUD["message"]}
    assert post(caller, [*RECORDS, record]).status_code == 200
    assert Anomaly.objects.get(record_id="xss-1").message == record["message"]


@pytest.mark.parametrize(
    "moment",
    ['"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"yesterday"', "1e300", "-1", "[]", "{}"],
)
def test_row_50_a_time_that_is_none(caller: Client, moment: str) -> None:
    refused(post(caller, f'[{{"message": "x", "timestamp": {moment}}}]'), 422, "record_invalid")


@pytest.mark.parametrize(
    "moment", ["2026-03-02T08:00:00", "2026-03-02T08:00:00+14:00", "2199-01-01T00:00:00Z"]
)
def test_row_50_a_time_without_zone_or_in_the_future_is_taken(caller: Client, moment: str) -> None:
    answer = post(caller, [{"message": "x", "timestamp": moment}])
    assert answer.status_code == 200
    assert answer.json()["results"][0]["analysis_result"]["timestamp"].endswith("Z")


BROKEN_JSON = {
    "depth": b"[" * 100_000,
    "depth that closes": b"[" * 100_000 + b"]" * 100_000,
    "5,000 digits": b'[{"message": "x", "n": ' + b"9" * 5000 + b"}]",
    "NaN": b'[{"message": NaN}]',
    "Infinity": b'[{"message": "x", "n": -Infinity}]',
    "a key twice": b'[{"message": "x", "message": "y"}]',
    "no UTF-8": b"\xff\xfe[",
    "cut short": b'[{"message": "x"',
}


@pytest.mark.parametrize("url", [ANALYZE, PREDICT, DEPLOY])
@pytest.mark.parametrize("body", BROKEN_JSON.values(), ids=list(BROKEN_JSON))
def test_row_51_what_is_no_json(caller: Client, url: str, body: bytes) -> None:
    refused(post(caller, body, url), 400, "json_invalid")


@pytest.mark.parametrize(
    ("method", "path", "headers", "content_type", "status", "code"),
    [
        ("POST", ANALYZE, {}, "text/plain", 415, "unsupported_media"),
        ("POST", ANALYZE, {"Content-Encoding": "br"}, JSON, 415, "unsupported_media"),
        ("POST", DEPLOY, {}, "application/x-www-form-urlencoded", 415, "unsupported_media"),
        ("POST", ANALYZE, {"Accept": "text/html"}, JSON, 406, "not_acceptable"),
        ("GET", f"{V1}/models", {"Accept": "image/png"}, JSON, 406, "not_acceptable"),
        ("DELETE", ANALYZE, {}, JSON, 405, "method_not_allowed"),
        ("PATCH", f"{V1}/models", {}, JSON, 405, "method_not_allowed"),
        ("GET", f"{V1}/nothing", {}, JSON, 404, "not_found"),
        ("GET", f"{V1}/models/x/y/z", {}, JSON, 404, "not_found"),
    ],
)
def test_row_52_the_protocol(
    caller: Client, method: str, path: str, headers: dict[str, str], content_type: str, status: int, code: str
) -> None:
    refused(caller.generic(method, path, b"[]", content_type=content_type, headers=headers), status, code)


@pytest.mark.parametrize("value", [1e308, -1e308, 1e300])
def test_row_53_numbers_that_leave_the_range_are_no_anomaly(caller: Client, value: float) -> None:
    width = len(ModelVersion.objects.get(label="1.0.0").feature_names)
    before = measured()
    refused(post(caller, {"features": [[value] * width]}, PREDICT), 422, "features_not_finite")
    assert measured()[1] == before[1]


def _tokens(hub: World) -> dict[str, str]:
    user = User.objects.create(username="former")
    (_, expired), (gone, revoked) = (tokens.issue(user, name, ACTOR, days=1) for name in ("old", "gone"))
    ApiToken.objects.filter(name="old").update(expiry="2020-01-01T00:00:00Z")
    tokens.revoke(gone.token_key, ACTOR)
    good = hub.credentials["admin"].split()[1]
    return {"expired": f"Bearer {expired}", "revoked": f"Bearer {revoked}", "cut": f"Bearer {good[:-1]}"}


BAD_TOKENS = {
    "none": "",
    "garbage": "Bearer garbage",
    "another scheme": "Basic YTpi",
    "empty": "Bearer ",
    "two words": "Bearer a b",
    "no UTF-8": "Bearer \udcff\udcfe",
    "NUL": "Bearer a\x00b",
    "100 KB": "Bearer " + "a" * 100_000,
    **dict.fromkeys(("expired", "revoked", "cut"), "?"),
}


@pytest.mark.parametrize("url", [ANALYZE, DEPLOY])
@pytest.mark.parametrize("kind", BAD_TOKENS)
def test_row_54_a_token_that_is_none(hub: World, url: str, kind: str) -> None:
    header = _tokens(hub).get(kind, BAD_TOKENS[kind]).encode("utf-8", "surrogateescape").decode("latin-1")
    caller = Client(headers={"Host": "localhost"}, raise_request_exception=False)
    answer = post(caller, "[]", url, **({"HTTP_AUTHORIZATION": header} if header else {}))
    refused(answer, 401, "token_expired" if kind == "expired" else "not_authenticated")
    assert answer["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("viewer", "POST", DEPLOY),
        ("viewer", "DELETE", HISTORY),
        ("viewer", "DELETE", CLEANUP),
        ("client", "GET", HISTORY),
        ("operator", "DELETE", f"{V1}/model-management/5.0.0"),
    ],
)
def test_row_55_too_little_permission(hub: World, role: str, method: str, path: str) -> None:
    refused(as_role(hub, role).generic(method, path, b"", content_type=JSON), 403, "permission_denied")
    assert AuditEntry.objects.filter(outcome="denied", actor=f"a {role}").exists() == (method != "GET")
    assert Deployment.objects.open().filter(version__label="1.0.0", version__model__name="default").exists()
    assert Transfer.objects.exists()


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Host": "evil.example"}, 400, "host_invalid"),
        ({"Host": "localhost", "Origin": "https://evil.example"}, 401, "not_authenticated"),
        ({"Host": "localhost", "Origin": "null"}, 401, "not_authenticated"),
        ({"Host": "localhost", "Sec-Fetch-Site": "cross-site"}, 401, "not_authenticated"),
        ({"Host": "localhost", "X-Forwarded-For": "127.0.0.1"}, 401, "not_authenticated"),
    ],
)
def test_row_56_foreign_pages_in_the_development_profile(
    hub: World, settings: Settings, headers: dict[str, str], status: int, code: str
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"DEV_ANONYMOUS": True}
    refused(post(Client(headers=headers), "{}", DEPLOY), status, code)
    assert not Deployment.objects.open().filter(version__label="2.0.0").exists()


@pytest.mark.parametrize("address", [[], ["10.0.0.1", "10.0.0.2", "10.0.0.3"]])
def test_row_57_too_many_requests_whatever_address_they_claim(
    hub: World, settings: Settings, address: list[str]
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"THROTTLE_ANALYZE": "2/hour"}
    noisy = as_role(hub, "client")
    claims = [{"X-Forwarded-For": one} for one in address] or [{}] * 3
    answers = [post(noisy, RECORDS, headers=claim) for claim in claims]
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    refused(answers[2], 429, "throttled")
    assert int(answers[2]["Retry-After"]) > 0
    assert post(as_role(hub, "viewer"), RECORDS).status_code == 200


@pytest.mark.parametrize(
    ("again", "status", "code"), [({}, 200, None), ({"reason": "other"}, 422, "idempotency_mismatch")]
)
def test_row_58_the_same_key_again(caller: Client, again: Any, status: int, code: str | None) -> None:
    key = {"Idempotency-Key": "row-58"}
    before = Deployment.objects.count()
    assert post(caller, {}, DEPLOY, headers=key).status_code == 200
    answer = post(caller, again, DEPLOY, headers=key)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert Deployment.objects.count() == before + 1


@pytest.mark.parametrize(
    "page",
    [
        "monitoring/anomaly/",
        "monitoring/anomaly/{anomaly}/change/",
        "registry/modelversion/{version}/change/",
        "",
    ],
)
def test_row_59_stored_markup_is_text_in_the_admin(hub: World, caller: Client, page: str) -> None:
    assert post(caller, [*RECORDS, LOUD]).status_code == 200
    version = ModelVersion.objects.get(label="1.0.0", model__name="default")
    notes = [{"code": "metadata_suspect", "detail": XSS}]
    ModelVersion.objects.filter(pk=version.pk).update(
        metadata={"model_info": {"version": XSS, XSS: XSS}}, notes=notes, declared_type=XSS[:32]
    )
    browser = Client(headers={"Host": "localhost"})
    browser.force_login(User.objects.create_superuser("chief"))
    anomaly = Anomaly.objects.get(record_id="xss-1").pk
    answer = browser.get(f"/admin/{page.format(anomaly=anomaly, version=version.pk)}")
    assert answer.status_code == 200
    html = answer.content.decode()
    assert not re.search(r"<script>alert|<img src=x", html)
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("label", [XSS, "../x", "a b", "v" * 300])
def test_row_59_markup_is_no_version_label(caller: Client, label: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests import packages

    zipped = packages.zipped(packages.deployment_members(label, seed=1))
    file = SimpleUploadedFile("package.zip", zipped, "application/zip")
    refused(caller.post(f"{V1}/model-management/import", {"file": file}), 422, "version_invalid")


@pytest.mark.parametrize("url", [HISTORY, CLEANUP])
@pytest.mark.parametrize("days", ["0", "-1", "seven", "", "1.5", "9" * 400, "NaN", "1e3", "%00", "٣"])
def test_row_69_days_that_are_none_delete_nothing(caller: Client, url: str, days: str) -> None:
    before = Transfer.objects.count(), InferenceMetric.objects.count()
    refused(caller.delete(f"{url}?days_to_keep={days}"), 422, "param_invalid")
    assert (Transfer.objects.count(), InferenceMetric.objects.count()) == before


def test_a_packed_bomb_is_too_large(caller: Client) -> None:
    packed = gzip.compress(b" " * 100_000_000)
    refused(post(caller, packed, headers={"Content-Encoding": "gzip"}), 413, "body_too_large")


def test_every_test_that_the_document_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", DOCUMENT.read_text())
    assert named
    for path, function in named:
        tree = ast.parse((ROOT / path).read_text())
        assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, (
            function
        )


def test_every_row_has_its_line_in_the_document() -> None:
    rows = {int(found) for found in re.findall(r"^\| (\d+) \|", DOCUMENT.read_text(), re.MULTILINE)}
    assert rows == {*range(46, 60), 63, 69}
