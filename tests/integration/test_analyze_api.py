"""POST /models/analyze: one verdict per usable record, and a problem document for everything else."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any, NoReturn
from unittest import mock

import numpy as np
import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from inference.features import catalog
from inference.features.missing import fill_missing
from inference.serving import loading
from modelhub.registry import lifecycle
from modelhub.registry.models import ModelVersion
from monitoring.models import Anomaly
from tests.integration.conftest import ACTOR, FEATURE_SET, RegisterVersion, Trained, sshd_records

URL = "/api/v1/models/analyze"
BREAK_IN = {
    "message": "FAILED DENIED ERROR authentication %%%%%%%% !!!!!!!! 1.2.3.4 5.6.7.8 aa:bb:cc:dd:ee:ff " * 9,
    "timestamp": "2026-03-08T03:33:33Z",
    "level": "CRITICAL",
    "program": "intruder",
    "id": "break-in-1",
}
serving = pytest.mark.usefixtures("deployed_version")


def entries(count: int, *, seed: int = 9) -> list[dict[str, Any]]:
    return [
        {"message": r.message, "timestamp": str(r.timestamp), "program": r.program, "level": r.level}
        for r in sshd_records(count, seed=seed)
    ]


def post(api: Client, body: Any, url: str = URL, **extra: Any) -> Any:
    return api.post(url, body, content_type=extra.pop("content_type", "application/json"), **extra)


@serving
@pytest.mark.parametrize("url", [URL, URL + "/"])
def test_scores_are_scikit_learns_on_the_batch_in_input_order(
    api: Client, trained: Trained, url: str
) -> None:
    sent = entries(60)[::-1]
    answer = post(api, sent, url).json()
    rows = fill_missing(catalog.get(FEATURE_SET).extract(sshd_records(60, seed=9)))
    expected = -trained.forest.score_samples(trained.scaler.transform(rows))[::-1]
    results = answer["results"]
    assert np.allclose([r["analysis_result"]["anomaly_score"] for r in results], expected, rtol=0, atol=1e-12)
    assert [r["log_entry"] for r in results] == sent
    assert answer["errors"] == []
    assert answer["model"]["batch"] == 60


@serving
def test_the_answer_has_the_documented_shape(api: Client, trained: Trained) -> None:
    answer = post(api, [*entries(30), BREAK_IN]).json()
    assert set(answer) >= {"model", "summary", "results", "errors"}
    assert answer["summary"] == answer["summary"] | {
        "records": 31,
        "scored": 31,
        "rejected": 0,
        "anomalies": sum(r["analysis_result"]["is_anomaly"] for r in answer["results"]),
    }
    assert answer["summary"]["anomaly_rate"] == answer["summary"]["anomalies"] / 31
    assert answer["summary"]["inference_time"] > 0
    assert answer["model"] == answer["model"] | {
        "model": "default",
        "version": "1.0.0",
        "reference": "default:1.0.0",
        "feature_set": FEATURE_SET,
        "threshold": trained.threshold,
        "threshold_source": "metadata",
        "calibration": "scores",
        "imputed": [],
    }
    result = answer["results"][30]
    assert result["log_entry"] == BREAK_IN
    assert result["model_version"] == "1.0.0"
    assert datetime.fromisoformat(result["analysis_timestamp"]).utcoffset() is not None
    verdict = result["analysis_result"]
    assert verdict["is_anomaly"] is True
    assert verdict["prediction"] == -1
    assert verdict["anomaly_score"] > verdict["threshold"]
    assert 25 < verdict["severity"] <= 100
    assert verdict["timestamp"] == "2026-03-08T03:33:33Z"
    assert verdict["timestamp_assumed"] is False


@serving
def test_an_anomaly_is_stored_once_with_its_reasons(api: Client, deployed_version: ModelVersion) -> None:
    body = [*entries(30), BREAK_IN]
    stored = post(api, body).json()["summary"]["stored"]
    row = Anomaly.objects.get(record_id="break-in-1")
    assert (row.version, row.program, row.level) == (deployed_version, "intruder", "CRITICAL")
    assert row.observed_at == datetime(2026, 3, 8, 3, 33, 33, tzinfo=UTC)
    assert 1 <= len(row.reasons) <= 3
    assert set(row.reasons[0]) == {"name", "value", "usual", "contribution"}
    assert row.reasons[0]["contribution"] >= row.reasons[-1]["contribution"] > 0
    assert Anomaly.objects.count() == stored
    again = post(api, body).json()["summary"]
    assert (again["stored"], again["known"]) == (0, stored)
    assert Anomaly.objects.count() == stored


@serving
def test_different_records_under_one_id_are_all_kept(api: Client) -> None:
    """Senders count from 1 on every host."""
    hosts = [BREAK_IN | {"id": 1, "host": f"router-{i}"} for i in range(3)]
    summaries = [post(api, [*entries(30), record]).json()["summary"] for record in hosts]
    assert sorted(Anomaly.objects.filter(record_id="1").values_list("host", flat=True)) == [
        "router-0",
        "router-1",
        "router-2",
    ]
    assert all(summary["stored"] >= 1 for summary in summaries)


@serving
def test_a_retry_without_times_is_recognised_by_the_senders_id(api: Client) -> None:
    timeless = {key: value for key, value in BREAK_IN.items() if key != "timestamp"}
    for _ in range(2):
        post(api, [*entries(30), timeless])
    assert Anomaly.objects.filter(record_id="break-in-1").count() == 1


@serving
def test_only_the_severest_are_stored_beyond_the_cap(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.analysis.MOST_STORED", 1)
    loud = [BREAK_IN | {"id": f"n{i}", "message": BREAK_IN["message"][: 100 + i]} for i in range(3)]
    answer = post(api, [*entries(30), *loud]).json()
    scores = [r["analysis_result"]["anomaly_score"] for r in answer["results"]]
    assert answer["summary"]["anomalies"] > answer["summary"]["stored"] == 1
    assert "severest" in answer["summary"]["storing_problem"]
    assert Anomaly.objects.get().score == max(scores)


@serving
def test_contributions_come_when_asked_for(api: Client, deployed_version: ModelVersion) -> None:
    answer = post(api, [*entries(30), BREAK_IN], URL + "?explain=4").json()
    contributions = answer["results"][30]["analysis_result"]["contributions"]
    assert 1 <= len(contributions) <= 4
    assert {c["name"] for c in contributions} <= set(deployed_version.feature_names)


@serving
@pytest.mark.parametrize("value", ["0", "33", "-1", "x", "1.5", "", "٣", "9" * 50])
def test_an_explain_out_of_range_is_refused(api: Client, value: str) -> None:
    answer = post(api, entries(2), f"{URL}?explain={value}")
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")


@serving
def test_ndjson_gzip_and_the_wrapped_form_are_the_same_batch(api: Client) -> None:
    sent = entries(20)
    lines = "\n".join(json.dumps(entry) for entry in sent)
    packed = gzip.compress(json.dumps(sent).encode())
    answers = [
        post(api, sent),
        post(api, {"logs": sent}),
        post(api, lines, content_type="application/x-ndjson"),
        post(api, packed, headers={"Content-Encoding": "gzip"}),
    ]
    scores = [[r["analysis_result"]["anomaly_score"] for r in a.json()["results"]] for a in answers]
    assert len(scores[0]) == 20
    assert scores.count(scores[0]) == 4


@serving
def test_aliases_of_fields_are_understood(api: Client) -> None:
    sent = [
        {"log": "one", "ts": 1_772_438_400, "process_name": "sshd", "log_level": "warn"},
        {"msg": "two", "@timestamp": "2026-03-02T08:00:00Z", "process": "cron", "severity": 3},
        {"body": {"stringValue": "three"}, "timeUnixNano": "1772438400000000000", "severityText": "ERROR"},
    ]
    answer = post(api, sent).json()
    assert answer["summary"]["scored"] == 3
    assert {r["analysis_result"]["timestamp"] for r in answer["results"]} == {"2026-03-02T08:00:00Z"}


@serving
def test_a_record_without_time_gets_the_time_of_receipt_and_says_so(api: Client) -> None:
    before = datetime.now(UTC)
    verdict = post(api, [{"message": "no time"}]).json()["results"][0]["analysis_result"]
    assert verdict["timestamp_assumed"] is True
    assert before <= datetime.fromisoformat(verdict["timestamp"]) <= datetime.now(UTC)


@serving
def test_an_empty_list_is_an_answer_without_results(api: Client) -> None:
    answer = post(api, "[]")
    assert answer.status_code == 200
    assert answer.json()["results"] == []
    assert answer.json()["summary"]["anomaly_rate"] is None


@serving
def test_one_bad_record_never_fails_the_others(api: Client) -> None:
    sent: list[Any] = entries(99)
    sent.insert(40, {"message": None})
    answer = post(api, sent).json()
    assert [(e["index"], e["code"]) for e in answer["errors"]] == [(40, "record_invalid")]
    assert [r["index"] for r in answer["results"]] == [i for i in range(100) if i != 40]
    assert answer["summary"]["rejected"] == 1


@serving
@pytest.mark.parametrize(
    "record",
    [
        '{"message": "a\\u0000b"}',
        '{"message": "\\ud800"}',
        '{"message": 3}',
        '{"message": "x", "timestamp": "yesterday"}',
        '{"message": "x", "timestamp": "0001-01-01T00:00:00+14:00"}',
        '{"message": "x", "timestamp": "9999-12-31T23:59:59-14:00"}',
        '{"message": "x", "timestamp": 1e300}',
        '{"message": "%s"}' % ("x" * 70_000),
        "7",
        "null",
    ],
)
def test_when_no_record_can_be_used_the_call_is_refused(api: Client, record: str) -> None:
    answer = post(api, f"[{record}]")
    assert (answer.status_code, answer.json()["code"]) == (422, "record_invalid")
    assert answer.json()["errors"][0]["pointer"] == "/0"
    assert not Anomaly.objects.exists()


@serving
def test_markup_and_escape_codes_are_stored_as_text(api: Client) -> None:
    hostile = "<script>alert(1)</script>\x1b[2J\u202e'; DROP TABLE x;--" + BREAK_IN["message"]
    answer = post(api, [*entries(30), BREAK_IN | {"message": hostile}]).json()
    assert answer["results"][30]["analysis_result"]["is_anomaly"] is True
    assert Anomaly.objects.get(record_id="break-in-1").message == hostile


@serving
def test_half_a_surrogate_in_a_field_passed_through_is_no_fault(api: Client) -> None:
    answer = post(api, '[{"message": "x", "note": "\\ud800"}]')
    assert answer.status_code == 200
    assert answer.json()["results"][0]["log_entry"]["note"] == "\ud800"


@serving
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (" ", 422, "body_invalid"),
        ("null", 422, "body_invalid"),
        ("7", 422, "body_invalid"),
        ("{}", 422, "body_invalid"),
        ('{"logs": 3}', 422, "body_invalid"),
        ("[", 400, "json_invalid"),
        ("[" * 100_000, 400, "json_invalid"),
        ('[{"message": NaN}]', 400, "json_invalid"),
        ('[{"message": "x", "n": %s}]' % ("9" * 5000), 400, "json_invalid"),
        ('[{"message": "x", "message": "y"}]', 400, "json_invalid"),
        (b"\xff\xfe", 400, "json_invalid"),
    ],
)
def test_a_body_that_is_no_list_of_records(api: Client, body: Any, status: int, code: str) -> None:
    answer = post(api, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"


@serving
def test_bodies_are_bounded_packed_and_unpacked(api: Client, settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"MAX_BODY_BYTES": 2000, "MAX_RECORDS": 3}
    plain = post(api, json.dumps([{"message": "x" * 3000}]))
    bomb = post(api, gzip.compress(b" " * 1_000_000), headers={"Content-Encoding": "gzip"})
    many = post(api, [{"message": "x"}] * 4)
    assert [a.status_code for a in (plain, bomb, many)] == [413] * 3
    assert {a.json()["code"] for a in (plain, bomb, many)} == {"body_too_large"}


@serving
def test_the_protocol_is_checked(api: Client) -> None:
    body = json.dumps(entries(1))
    wrong = {
        (405, "method_not_allowed"): api.get(URL),
        (406, "not_acceptable"): post(api, body, headers={"Accept": "text/html"}),
        (415, "unsupported_media"): post(api, body, content_type="text/plain"),
    }
    assert {(a.status_code, a.json()["code"]): a for a in wrong.values()}.keys() == wrong.keys()
    assert api.get(URL)["Allow"] == "POST"
    assert post(api, body, headers={"Content-Encoding": "br"}).status_code == 415
    broken = post(api, b"no gzip", headers={"Content-Encoding": "gzip"})
    assert broken.json()["code"] == "body_invalid"
    assert post(api, body, headers={"Accept": "*/*"}).status_code == 200


@serving
def test_strangers_are_sent_away(client: Client) -> None:
    assert post(client, entries(1)).status_code == 401  # the host is not ours: no loopback caller


@serving
def test_a_session_needs_permission_and_its_csrf_token(settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"DEV_ANONYMOUS": False}
    user = User.objects.create_user("ann", password="x")
    signed_in = Client(enforce_csrf_checks=True, headers={"Host": "localhost"})
    signed_in.force_login(user)
    assert post(signed_in, entries(1)).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="analyze"))
    forged = post(signed_in, entries(1))
    assert (forged.status_code, forged.json()["code"]) == (403, "permission_denied")
    assert post(Client(headers={"Host": "localhost"}), entries(1)).status_code == 401


@serving
def test_another_version_may_answer_one_request(
    api: Client, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    other = post(api, entries(5), URL + "?version=2.0.0").json()
    assert other["model"]["version"] == "2.0.0"
    assert post(api, entries(5)).json()["model"]["version"] == "1.0.0"
    assert post(api, entries(5), URL + "?version=default@champion").json()["model"]["version"] == "1.0.0"


@serving
@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?version=9.9", 404, "version_not_found"),
        ("?model=nothing", 404, "model_not_found"),
        ("?model=nothing&version=1.0.0", 404, "model_not_found"),
        ("?version=%00", 404, "version_not_found"),
    ],
)
def test_what_is_not_there_cannot_answer(api: Client, query: str, status: int, code: str) -> None:
    answer = post(api, entries(1), URL + query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_without_a_model_the_service_says_when_to_come_back(api: Client, db: None) -> None:
    answer = post(api, entries(1))
    assert (answer.status_code, answer.json()["code"]) == (503, "no_model_loaded")
    assert answer["Retry-After"]
    assert api.get("/api/v1/models/current").status_code == 503


def test_a_version_without_feature_set_scores_matrices_only(
    api: Client, register_version: RegisterVersion, trained: Trained
) -> None:
    lifecycle.deploy(register_version(trained, feature_set=""), ACTOR)
    answer = post(api, entries(1))
    assert (answer.status_code, answer.json()["code"]) == (422, "features_invalid")
    assert "predict" in answer.json()["detail"]
    predicted = api.post(
        "/api/v1/models/predict", {"features": trained.rows[:1].tolist()}, content_type="application/json"
    )
    assert predicted.status_code == 200


@serving
def test_scoring_goes_on_while_the_database_does_not_answer(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.serving.loading.CHECK_S", 0.0)
    loading.slot("default")

    def outage(*args: Any) -> NoReturn:
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(outage):
        answer = post(api, [*entries(30), BREAK_IN])
    assert answer.status_code == 200
    assert answer.json()["results"][30]["analysis_result"]["is_anomaly"] is True
    assert answer.json()["summary"]["stored"] == 0
    assert "database" in answer.json()["summary"]["storing_problem"]


@serving
def test_an_unexpected_fault_is_a_problem_without_details(api: Client) -> None:
    with mock.patch.object(loading, "for_request", side_effect=RuntimeError("secret path")):
        answer = post(api, entries(1))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert b"secret" not in answer.content


@serving
@pytest.mark.parametrize("url", ["/api/v1/models/current", "/api/v1/models/current/"])
def test_current_names_what_serves(api: Client, url: str) -> None:
    answer = api.get(url).json()
    assert answer == answer | {
        "model": "default",
        "version": "1.0.0",
        "role": "deployed",
        "deployed_version": "1.0.0",
        "loaded_version": "1.0.0",
        "feature_set": FEATURE_SET,
        "replicas": [],
    }
    assert len(answer["feature_names"]) == 32


@serving
def test_a_trial_is_told_apart_from_the_deployed_version(
    api: Client, register_version: RegisterVersion, retrained: Trained
) -> None:
    lifecycle.load(register_version(retrained, "2.0.0"), ACTOR)
    answer = api.get("/api/v1/models/current").json()
    assert (answer["version"], answer["role"], answer["deployed_version"]) == ("2.0.0", "trial", "1.0.0")
