"""The performance endpoints: summaries, report, clean-up."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from modelhub.audit.models import AuditEntry
from modelhub.registry.models import ModelVersion
from monitoring import summaries
from monitoring.models import DriftCheck, InferenceMetric, MeteredProcess
from monitoring.models.metrics import Resolution
from tests.integration.conftest import RegisterVersion, Trained
from tests.integration.monitoring.metric_rows import add_row, ago

BASE = "/api/v1/model-management/performance"


def get(api: Client, path: str = "", **query: str) -> Any:
    return api.get(f"{BASE}{path}", query)


def test_a_summary_adds_up_processes_and_minutes(deployed_version: ModelVersion, api: Client) -> None:
    add_row(deployed_version, ago(minutes=3), requests=90, seconds=0.001)
    add_row(deployed_version, ago(minutes=2), process="q", requests=10, seconds=0.1, errors=5)
    found = get(api, "/1.0.0", window="1h").json()
    figures = found["performance_metrics"]
    assert (found["total_requests"], found["total_inferences"], found["errors"]) == (100, 1_000, 5)
    assert figures["p50_inference_time"] == pytest.approx(0.001, rel=0.05)
    assert figures["p95_inference_time"] == pytest.approx(0.1, rel=0.05)
    assert figures["avg_inference_time"] == pytest.approx(0.0109)
    assert (figures["min_inference_time"], figures["max_inference_time"]) == (0.001, 0.1)
    assert (figures["error_rate"], figures["anomaly_rate"], figures["total_anomalies"]) == (0.05, 0.1, 100)
    assert figures["avg_anomaly_score"] == pytest.approx(0.5)
    assert figures["throughput"] == pytest.approx(1_000 / found["window"]["seconds"])


def test_the_series_shows_each_step(deployed_version: ModelVersion, api: Client) -> None:
    add_row(deployed_version, ago(minutes=2), requests=7)
    series = get(api, "/1.0.0", window="10m").json()["series"]
    assert len(series) == 11
    assert [step["requests"] for step in series if step["requests"]] == [7]
    assert series[0]["p50_inference_time"] is None


def test_a_version_without_traffic_is_zeros_and_nulls(deployed_version: ModelVersion, api: Client) -> None:
    answer = get(api, "/1.0.0")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["total_inferences"], found["last_updated"], found["lost_requests"]) == (0, None, 0)
    assert found["performance_metrics"]["throughput"] == 0
    assert found["performance_metrics"]["anomaly_rate"] is None


def test_an_unknown_version_is_a_404(deployed_version: ModelVersion, api: Client) -> None:
    answer = get(api, "/9.9.9")
    assert (answer.status_code, answer.json()["code"]) == (404, "version_not_found")


@pytest.mark.parametrize("window", ["x", "-1", "0", "9999d", "1h1h", "NaN", "1e3"])
@pytest.mark.parametrize("path", ["", "/1.0.0", "/1.0.0/report"])
def test_a_window_that_is_none_is_refused(
    deployed_version: ModelVersion, api: Client, path: str, window: str
) -> None:
    answer = get(api, path, window=window)
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")


def test_sums_that_overflow_are_null_not_a_failure(deployed_version: ModelVersion, api: Client) -> None:
    row = add_row(deployed_version, ago(minutes=2))
    InferenceMetric.objects.filter(pk=row.pk).update(score_sum=float("inf"))
    answer = get(api, "/1.0.0", window="1h")
    assert answer.status_code == 200
    assert answer.json()["performance_metrics"]["avg_anomaly_score"] is None


def test_a_damaged_histogram_leaves_the_sums(deployed_version: ModelVersion, api: Client) -> None:
    row = add_row(deployed_version, ago(minutes=2), requests=3)
    InferenceMetric.objects.filter(pk=row.pk).update(durations={"bad": 1})
    found = get(api, "/1.0.0", window="1h").json()
    assert found["total_requests"] == 3
    assert found["performance_metrics"]["p50_inference_time"] is None


def test_lost_requests_are_shown(deployed_version: ModelVersion, api: Client) -> None:
    MeteredProcess.objects.create(process="dead", version=deployed_version, lost=17)
    assert get(api, "/1.0.0").json()["lost_requests"] == 17


def test_the_list_has_the_busiest_first(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained, api: Client
) -> None:
    busy = register_version(retrained, "2.0.0")
    add_row(deployed_version, ago(minutes=2))
    add_row(busy, ago(minutes=2), requests=5)
    page = get(api).json()
    assert [row["model_version"] for row in page["results"]] == ["2.0.0", "1.0.0"]
    assert page["count"] == 2
    assert "series" not in page["results"][0]


def test_the_list_comes_in_pages(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained, api: Client
) -> None:
    register_version(retrained, "2.0.0")
    page = get(api, page_size="1", page="2").json()
    assert (page["count"], len(page["results"]), page["next"]) == (2, 1, None)


def test_a_summary_costs_two_queries(deployed_version: ModelVersion) -> None:
    for minute in range(20):
        add_row(deployed_version, ago(minutes=minute), process=str(minute))
    with CaptureQueriesContext(connection) as queries:
        summaries.of_version(deployed_version)
    assert len(queries) == 2


def test_all_versions_cost_four_queries_however_many(
    deployed_version: ModelVersion, register_version: RegisterVersion, trained: Trained, retrained: Trained
) -> None:
    for place, source in enumerate((retrained, trained)):
        add_row(register_version(source, f"3.{place}", model=f"m{place}"), ago(minutes=2))
    with CaptureQueriesContext(connection) as queries:
        summaries.of_versions(summaries.busiest())
    assert len(queries) == 4


def test_distributions_are_not_read_for_a_summary(deployed_version: ModelVersion) -> None:
    with CaptureQueriesContext(connection) as queries:
        summaries.of_version(deployed_version)
    assert '"features"' not in queries[0]["sql"]


def test_the_report_says_what_changed_and_what_to_do(deployed_version: ModelVersion, api: Client) -> None:
    add_row(deployed_version, ago(minutes=50), requests=50, seconds=0.001)
    add_row(deployed_version, ago(minutes=5), requests=50, seconds=0.5, errors=10)
    DriftCheck.objects.create(
        version=deployed_version, verdict="drift", drift_score=0.4, threshold=0.05, detail="Scores moved.",
        actor="t", channel="api",
    )  # fmt: skip
    found = get(api, "/1.0.0/report", window="1h").json()
    trends = {trend["name"]: trend for trend in found["trends"]}
    assert trends["p95_inference_time"]["direction"] == "rising"
    assert trends["requests"]["direction"] == "steady"
    assert found["drift"][0]["verdict"] == "drift"
    said = " ".join(found["recommendations"])
    assert "10.0% of the requests failed" in said
    assert "became slower" in said
    assert "Scores moved." in said


def test_a_quiet_report_asks_for_nothing(deployed_version: ModelVersion, api: Client) -> None:
    add_row(deployed_version, ago(minutes=50), requests=50)
    add_row(deployed_version, ago(minutes=5), requests=50)
    DriftCheck.objects.create(
        version=deployed_version, verdict="no_drift", threshold=0.05, actor="t", channel="api"
    )
    found = get(api, "/1.0.0/report", window="1h").json()
    assert found["recommendations"] == ["Nothing stands out. No action is needed."]


def test_the_report_is_one_self_contained_page(deployed_version: ModelVersion, api: Client) -> None:
    add_row(deployed_version, ago(minutes=5), requests=5)
    answer = get(api, "/1.0.0/report", format="html")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/html")
    assert text.startswith("<!doctype html>")
    assert "<svg" in text
    assert not any(
        word in text for word in ("<script", "<link", "src=", "@import", "http:", "https:", "url(")
    )


def test_an_empty_report_is_a_page_too(deployed_version: ModelVersion, api: Client) -> None:
    text = get(api, "/1.0.0/report", format="html").content.decode()
    assert "Nothing was scored in this window" in text


def test_the_report_escapes_what_is_stored(deployed_version: ModelVersion, api: Client) -> None:
    DriftCheck.objects.create(
        version=deployed_version, verdict="drift", threshold=0.05, detail="<script>alert(1)</script>\x1b[31m",
        actor="t", channel="api",
    )  # fmt: skip
    text = get(api, "/1.0.0/report", format="html").content.decode()
    assert "<script>" not in text
    assert "\x1b" not in text


def test_an_unknown_format_is_refused(deployed_version: ModelVersion, api: Client) -> None:
    answer = get(api, "/1.0.0/report", format="pdf")
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")


def clean(api: Client, **query: str) -> Any:
    return api.delete(f"{BASE}/cleanup?" + "&".join(f"{name}={value}" for name, value in query.items()))


def test_cleaning_up_deletes_by_the_age_of_what_rows_are_about(
    deployed_version: ModelVersion, api: Client
) -> None:
    add_row(deployed_version, ago(days=40))
    kept = add_row(deployed_version, ago(days=20))
    day = ago(days=30).replace(hour=0, minute=0)
    spans = add_row(deployed_version, day, resolution=Resolution.DAY, process="")  # ends within the 30 days
    answer = clean(api, days_to_keep="30")
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ("status", "deleted", "kept")} == {
        "status": "cleaned",
        "deleted": 1,
        "kept": 2,
    }
    assert set(InferenceMetric.objects.values_list("pk", flat=True)) == {kept.pk, spans.pk}


def test_cleaning_up_is_in_the_audit_trail(deployed_version: ModelVersion, api: Client) -> None:
    add_row(deployed_version, ago(days=40))
    clean(api)
    entry = AuditEntry.objects.filter(action="metrics.cleanup").get()
    assert entry.after == {"days_to_keep": 30, "deleted": 1}


@pytest.mark.parametrize("days", ["-1", "x", "1.5", "", "9" * 40, "NaN", "0", "36501"])
def test_a_number_of_days_that_is_none_deletes_nothing(
    deployed_version: ModelVersion, api: Client, days: str
) -> None:
    add_row(deployed_version, ago(days=400))
    answer = clean(api, days_to_keep=days)
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")
    assert InferenceMetric.objects.count() == 1


def test_everything_goes_only_when_confirmed_and_never_what_still_runs(
    deployed_version: ModelVersion, api: Client
) -> None:
    add_row(deployed_version, ago(minutes=5))
    running = add_row(deployed_version, timezone.now() + timedelta(minutes=1))
    assert clean(api, days_to_keep="0", confirm="true").json()["deleted"] == 1
    assert InferenceMetric.objects.get() == running


def test_many_rows_go_in_batches(
    deployed_version: ModelVersion, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.retention.BATCH_ROWS", 3)
    for minute in range(10):
        add_row(deployed_version, ago(days=40, minutes=minute))
    assert clean(api).json()["deleted"] == 10


@pytest.mark.parametrize(
    ("permissions", "status"), [((), 403), (("view_inferencemetric",), 403), (("cleanup_metrics",), 200)]
)
def test_cleaning_up_needs_its_permission(db: None, permissions: tuple[str, ...], status: int) -> None:
    user = User.objects.create_user("maria")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    assert clean(client).status_code == status


def test_totals_stand_in_the_list_of_versions(deployed_version: ModelVersion, api: Client) -> None:
    add_row(deployed_version, ago(days=4), requests=3)
    (row,) = api.get("/api/v1/model-management/models").json()["results"]
    assert row["inference_totals"]["requests"] == 3
    assert json.dumps(row["inference_totals"])
