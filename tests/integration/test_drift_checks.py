"""Drift checks from metric rows to verdict, alert, audit entry, API, command, schedule."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from modelhub.actors import Actor, Channel
from modelhub.audit.models import AuditEntry
from modelhub.registry.models import ModelVersion
from monitoring import drift_checks, early_warning, extras, firstwindow, references, tasks
from monitoring.models import Alert, DriftCheck, InferenceMetric, ReferenceProfile
from tests.integration.conftest import RegisterVersion, Trained
from tests.integration.traffic import bring_profile, minutes_ago, moved, record, usual

V1 = "/api/v1/model-management/performance"
ACTOR = Actor("maria", Channel.ADMIN)
LENGTH = "message_length"


@pytest.fixture
def version(register_version: RegisterVersion, trained: Trained) -> ModelVersion:
    """A version whose package brought its training profile."""
    version = register_version(trained)
    bring_profile(version, trained)
    return version


@pytest.fixture
def bare(register_version: RegisterVersion, trained: Trained) -> ModelVersion:
    """A version whose package brought nothing, with bins of its first rows."""
    version = register_version(trained)
    references.learn(version.pk, trained.rows, trained.scores)
    return version


def _column(version: ModelVersion) -> int:
    return list(version.feature_names).index(LENGTH)


def _json(answer: Any) -> Any:
    """Strict: NaN and Infinity are no JSON."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    return json.loads(answer.content, parse_constant=refuse)


def test_traffic_like_the_training_rows_is_no_drift(version: ModelVersion, trained: Trained) -> None:
    usual(version, trained, minutes=20)
    check = drift_checks.check(version, ACTOR)
    assert check.verdict == "no_drift"
    assert check.reference["kind"] == "training"
    assert check.reference["n"] == len(trained.scores)


def test_a_longer_message_is_drift_in_that_feature(version: ModelVersion, trained: Trained) -> None:
    moved(version, trained, minutes=20, column=_column(version), by=30)
    check = drift_checks.check(version, ACTOR)
    assert check.verdict == "drift"
    assert check.features[0]["name"] == LENGTH
    assert [one["name"] for one in check.features if one["drifted"]] == [LENGTH]
    assert check.indicators["scores"]["drifted"] is True
    assert set(check.distributions) == {LENGTH, "score"}


def test_calendar_columns_are_not_judged(version: ModelVersion, trained: Trained) -> None:
    moved(version, trained, minutes=20, column=0, by=7)
    check = drift_checks.check(version, ACTOR)
    calendar = {one["name"] for one in check.features if not one["judged"]}
    assert version.feature_names[0] in calendar
    assert not [one for one in check.features if one["drifted"]]


def test_too_few_records_are_insufficient_and_leave_alerts_alone(
    version: ModelVersion, trained: Trained
) -> None:
    moved(version, trained, minutes=20, column=_column(version), by=30)
    drift_checks.check(version, ACTOR)
    InferenceMetric.objects.all().delete()
    usual(version, trained, minutes=5)
    check = drift_checks.check(version, ACTOR)
    assert check.verdict == "insufficient_data"
    assert "500 records; 1,000 are needed" in check.detail
    assert Alert.objects.get(kind="drift").closed_at is None


def test_no_traffic_at_all_is_insufficient(version: ModelVersion) -> None:
    check = drift_checks.check(version, ACTOR)
    assert check.verdict == "insufficient_data"
    assert check.current == {"from": None, "to": None, "n": 0}


def test_drift_opens_one_alert_and_no_drift_closes_it(version: ModelVersion, trained: Trained) -> None:
    moved(version, trained, minutes=20, column=_column(version), by=30)
    drift_checks.check(version, ACTOR)
    drift_checks.check(version, ACTOR)
    assert Alert.objects.get(kind="drift").sightings == 2
    InferenceMetric.objects.all().delete()
    usual(version, trained, minutes=20)
    check = drift_checks.check(version, ACTOR)
    closed = Alert.objects.get(kind="drift")
    assert closed.closed_at is not None
    assert f"#{check.pk}" in closed.close_reason


def test_every_check_is_in_the_audit_trail(version: ModelVersion) -> None:
    check = drift_checks.check(version, ACTOR)
    entry = AuditEntry.objects.get(action="drift.check")
    assert entry.actor == "maria"
    assert entry.after["check_id"] == check.pk


def test_the_current_window_is_the_newest_records(version: ModelVersion, trained: Trained) -> None:
    usual(version, trained, minutes=60, each=100)
    check = drift_checks.check(version, ACTOR)
    assert 1_000 <= check.current["n"] <= 1_700
    check = drift_checks.check(version, ACTOR, window=timedelta(hours=2))
    assert check.current["n"] == 6_000
    assert check.settings["window_s"] == 7_200


def test_records_of_yesterday_are_not_the_current_window(version: ModelVersion, trained: Trained) -> None:
    usual(version, trained, minutes=20, until=60 * 25)
    assert drift_checks.check(version, ACTOR).verdict == "insufficient_data"


def test_rows_of_several_processes_are_added_up(version: ModelVersion, trained: Trained) -> None:
    for place in range(4):
        record(version, minutes_ago(2), trained.rows, trained.scores, process=f"host:{place}:1")
    assert drift_checks.check(version, ACTOR).current["n"] == 4 * len(trained.rows)


def test_the_first_stable_window_becomes_the_reference(bare: ModelVersion, trained: Trained) -> None:
    usual(bare, trained, minutes=30)
    first = drift_checks.check(bare, ACTOR)
    known = ReferenceProfile.objects.get()
    assert first.reference["kind"] == "observed"
    assert (known.counted, known.rows) == (True, 1_000)
    assert known.window_start == minutes_ago(30)
    assert first.current["from"] >= known.window_end.isoformat()  # type: ignore[union-attr]
    assert first.verdict == "no_drift"


def test_without_a_full_first_window_it_says_how_much_there_is(bare: ModelVersion, trained: Trained) -> None:
    usual(bare, trained, minutes=7)
    check = drift_checks.check(bare, ACTOR)
    assert check.verdict == "insufficient_data"
    assert "700 of 1,000 records" in check.detail
    assert check.reference["kind"] is None


def test_drift_is_measured_against_the_first_window(bare: ModelVersion, trained: Trained) -> None:
    usual(bare, trained, minutes=10, until=60)
    moved(bare, trained, minutes=20, column=_column(bare), by=30)
    check = drift_checks.check(bare, ACTOR)
    assert check.verdict == "drift"
    assert check.features[0]["name"] == LENGTH


def test_a_window_in_which_scores_jump_is_not_the_reference(bare: ModelVersion, trained: Trained) -> None:
    usual(bare, trained, minutes=6, until=40)
    moved(bare, trained, minutes=6, column=_column(bare), by=30)
    settled = firstwindow.settle(bare)
    assert settled.reference is None
    assert settled.records < 1_000


def test_the_reference_stays_once_it_is_complete(bare: ModelVersion, trained: Trained) -> None:
    usual(bare, trained, minutes=10, until=60)
    firstwindow.settle(bare)
    before = ReferenceProfile.objects.get().features
    moved(bare, trained, minutes=30, column=_column(bare), by=30)
    firstwindow.settle(bare)
    assert bytes(ReferenceProfile.objects.get().features) == bytes(before)


def test_bins_are_those_of_the_first_who_learned(bare: ModelVersion, trained: Trained) -> None:
    again = references.learn(bare.pk, trained.rows * 2, trained.scores * 2)
    known = references.bins_for(bare.pk)
    assert known is not None
    assert again.features.bins_digest == known.features.bins_digest


def test_a_version_without_anything_has_no_bins(register_version: RegisterVersion, trained: Trained) -> None:
    assert references.bins_for(register_version(trained).pk) is None


def test_a_profile_of_other_features_is_not_used(register_version: RegisterVersion, trained: Trained) -> None:
    version = register_version(trained)
    bring_profile(version, trained)
    version.feature_names = [*version.feature_names[:-1], "another"]
    version.save()
    assert references.bins_for(version.pk) is None


def test_a_damaged_reference_is_insufficient_data(version: ModelVersion, trained: Trained) -> None:
    usual(version, trained, minutes=20)
    ReferenceProfile.objects.update(features=b"MHp1damaged")
    check = drift_checks.check(version, ACTOR)
    assert check.verdict == "insufficient_data"
    assert "damaged" in check.detail


def test_scores_without_features_are_compared(bare: ModelVersion, trained: Trained) -> None:
    usual(bare, trained, minutes=10, until=60)
    moved(bare, trained, minutes=20, column=0, by=0)
    InferenceMetric.objects.update(features=b"")
    check = drift_checks.check(bare, ACTOR)
    assert check.verdict == "drift"
    assert check.indicators["scores"]["drifted"] is True


def test_inference_time_is_reported_and_never_the_verdict(bare: ModelVersion, trained: Trained) -> None:
    usual(bare, trained, minutes=10, until=60)
    drawn = np.random.default_rng(5).integers(0, len(trained.rows), 1_500)
    record(bare, minutes_ago(1), trained.rows[drawn], trained.scores[drawn], seconds=0.2)
    check = drift_checks.check(bare, ACTOR)
    assert check.verdict == "no_drift"
    assert check.indicators["inference_time_change"] > 50


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_api_answers_what_the_contract_names(
    api: Client, version: ModelVersion, trained: Trained, slash: str
) -> None:
    moved(version, trained, minutes=20, column=_column(version), by=30)
    answer = api.post(f"{V1}/{version.label}/check-drift{slash}")
    said = _json(answer)
    documented = {"drift_detected", "verdict", "drift_score", "confidence", "threshold", "indicators"}
    assert answer.status_code == 200
    assert documented | {"features", "reference", "current", "check_id"} <= said.keys()
    assert said["drift_detected"] is True
    assert said["check_id"] == DriftCheck.objects.get().pk
    assert {"name", "test", "statistic", "p_value", "p_adjusted", "drifted"} <= said["features"][0].keys()
    assert {"kind", "from", "to", "n"} == said["reference"].keys()
    changes = {"anomaly_rate_change", "score_distribution_change", "inference_time_change"}
    assert changes <= said["indicators"].keys()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("none/check-drift", 404, "version_not_found"),
        ("1.0.0/check-drift?window=-1", 422, "param_invalid"),
        ("1.0.0/check-drift?window=soon", 422, "param_invalid"),
        ("1.0.0/check-drift?window=0", 422, "param_invalid"),
    ],
)
def test_what_cannot_be_checked_is_said(
    api: Client, version: ModelVersion, path: str, status: int, code: str
) -> None:
    answer = api.post(f"{V1}/{path}")
    assert (answer.status_code, _json(answer)["code"]) == (status, code)
    assert not DriftCheck.objects.exists()


def test_the_list_of_checks_is_newest_first_and_narrowed(
    api: Client, version: ModelVersion, trained: Trained
) -> None:
    drift_checks.check(version, ACTOR)
    usual(version, trained, minutes=20)
    drift_checks.check(version, ACTOR)
    page = _json(api.get(f"{V1}/1.0.0/drift-checks"))
    assert [row["verdict"] for row in page["results"]] == ["no_drift", "insufficient_data"]
    page = _json(api.get(f"{V1}/1.0.0/drift-checks?verdict=no_drift"))
    assert len(page["results"]) == 1
    assert api.get(f"{V1}/1.0.0/drift-checks?verdict=odd").status_code == 422


def _run(*arguments: str) -> str:
    out = StringIO()
    call_command("checkdrift", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_the_verdict(version: ModelVersion, trained: Trained) -> None:
    moved(version, trained, minutes=20, column=_column(version), by=30)
    said = _run("1.0.0")
    assert "default:1.0.0: drift." in said
    assert LENGTH in said


def test_the_command_can_fail_on_drift_only(version: ModelVersion, trained: Trained) -> None:
    _run("1.0.0", "--fail-on-drift")
    moved(version, trained, minutes=20, column=_column(version), by=30)
    with pytest.raises(CommandError) as failed:
        _run("1.0.0", "--fail-on-drift")
    assert failed.value.returncode == 1


def test_the_command_speaks_json(version: ModelVersion) -> None:
    said = json.loads(_run("1.0.0", "--json"))
    assert [row["verdict"] for row in said["checks"]] == ["insufficient_data"]


def test_the_command_refuses_a_reference_beside_all(version: ModelVersion) -> None:
    with pytest.raises(CommandError) as failed:
        _run("1.0.0", "--all")
    assert failed.value.returncode == 2


def test_the_command_checks_every_deployed_version(deployed_version: ModelVersion) -> None:
    assert "default:1.0.0" in _run("--all")


def test_the_schedule_checks_deployed_versions_when_there_is_news(
    deployed_version: ModelVersion, trained: Trained
) -> None:
    assert tasks.check_drift() == {}
    references.learn(deployed_version.pk, trained.rows, trained.scores)
    usual(deployed_version, trained, minutes=3)
    assert tasks.check_drift() == {"default:1.0.0": "insufficient_data"}
    assert tasks.check_drift() == {}
    assert DriftCheck.objects.get().channel == "schedule"


def test_a_check_that_fails_stops_neither_the_others_nor_the_forgetting(
    deployed_version: ModelVersion, trained: Trained
) -> None:
    bring_profile(deployed_version, trained)
    old = drift_checks.check(deployed_version, ACTOR)
    DriftCheck.objects.update(checked_at=timezone.now() - timedelta(days=366))
    usual(deployed_version, trained, minutes=20)
    ReferenceProfile.objects.update(durations={"damaged": True})
    assert tasks.check_drift() == {}
    assert not DriftCheck.objects.filter(pk=old.pk).exists()


def test_old_checks_are_forgotten_by_the_schedule(deployed_version: ModelVersion) -> None:
    check = drift_checks.check(deployed_version, ACTOR)
    DriftCheck.objects.update(checked_at=timezone.now() - timedelta(days=366))
    tasks.check_drift()
    assert not DriftCheck.objects.filter(pk=check.pk).exists()


def test_lists_of_versions_show_the_last_check(version: ModelVersion) -> None:
    drift_checks.check(version, ACTOR)
    newest = drift_checks.check(version, ACTOR)
    assert extras.by_version([version.pk])[version.pk]["last_drift_check"]["check_id"] == newest.pk


def test_an_early_warning_is_one_alert_that_a_good_check_closes(
    version: ModelVersion, trained: Trained
) -> None:
    warning = early_warning.EarlyWarning(clock=lambda: 0.0)
    random = np.random.default_rng(3)
    for second in range(200):
        warning.feed(version.pk, random.normal(-0.5 + 0.1 * (second >= 100), 0.05, 100), 0)
    alert = Alert.objects.get(kind="early_warning")
    assert (alert.subject, alert.sightings) == ("score", 1)
    usual(version, trained, minutes=20)
    drift_checks.check(version, ACTOR)
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_an_early_warning_of_a_version_that_is_gone_harms_nobody(db: None) -> None:
    warning = early_warning.EarlyWarning()
    random = np.random.default_rng(3)
    for second in range(200):
        warning.feed(999, random.normal(-0.5 + 0.1 * (second >= 100), 0.05, 100), 0)
    assert not Alert.objects.exists()
