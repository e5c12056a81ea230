"""A version that fails while it serves is replaced: at once here, then by a deployment that all see."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

import numpy as np
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from inference import analysis, observing, pipeline
from inference.choices import FaultKind
from inference.models import ServingFault
from inference.resilience import crashes, guarding, stepping
from inference.resilience.breaker import State
from inference.resilience.guardian import Guardian
from inference.resilience.guarding import Guard
from inference.resilience.inflight import Call, Death
from inference.serving import fallback, loading, opening
from modelhub.audit.models import AuditEntry
from modelhub.errors import ArtefactCorrupt, Code
from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, ModelVersion, RegisteredModel
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from tests import faulty
from tests.integration.conftest import ACTOR, RegisterVersion, Trained

PREDICT, ANALYZE = "/api/v1/models/predict", "/api/v1/models/analyze"


@pytest.fixture
def guard() -> Guard:
    """The guard of a serving process, without its threads."""
    return guarding.take_up("here", None)


@pytest.fixture
def guardian(guard: Guard) -> Guardian:
    return Guardian(guard)


@pytest.fixture
def failing(
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    monkeypatch: pytest.MonkeyPatch,
) -> ModelVersion:
    """``default:2.0.0`` serves and fails on marked rows; 1.0.0 served before."""
    monkeypatch.setattr(opening, "open_version", opening.open_version)
    faulty.arm()
    version = register_version(retrained, "2.0.0")
    lifecycle.deploy(version, ACTOR)
    loading.slot("default")
    return version


def rows(mark: float | None = None, *, count: int = 1) -> list[list[float]]:
    table = np.zeros((count, 32))
    if mark is not None:
        table[0, 0] = mark
    return table.tolist()


def predict(api: Client, mark: float | None = None, *, query: str = "") -> Any:
    body = {"features": rows(mark)}
    return api.post(PREDICT + query, body, content_type="application/json")


def analyze(api: Client, *records: dict[str, str]) -> Any:
    sent = list(records) or [{"message": "session opened"}]
    return api.post(ANALYZE, sent, content_type="application/json")


def break_it(api: Client, mark: float = faulty.NAN) -> None:
    assert predict(api, mark).status_code == 503


def test_a_score_that_is_no_number_opens_the_breaker_at_once(
    failing: ModelVersion, guard: Guard, api: Client
) -> None:
    answer = predict(api, faulty.NAN)
    assert (answer.status_code, answer.json()["code"], answer.json()["fault"]) == (
        503,
        "model_failed",
        "non_finite",
    )
    assert answer["Retry-After"]
    assert guard.watched[failing.pk].breaker.state is State.OPEN


def test_exceptions_of_a_model_are_told_from_ours_and_never_shown(
    failing: ModelVersion, guard: Guard, api: Client
) -> None:
    answer = predict(api, faulty.RAISES)
    assert (answer.status_code, answer.json()["fault"]) == (503, "exceptions")
    assert b"secret" not in answer.content
    assert guard.watched[failing.pk].breaker.state is State.CLOSED


def test_five_exceptions_open_it(failing: ModelVersion, guard: Guard, api: Client) -> None:
    for _ in range(5):
        break_it(api, faulty.RAISES)
    assert guard.watched[failing.pk].breaker.state is State.OPEN


def test_one_callers_odd_rows_do_not_take_the_version_from_the_others(
    failing: ModelVersion, guard: Guard, api: Client
) -> None:
    for _ in range(8):
        break_it(api, faulty.RAISES)
        guard.watched[failing.pk].breaker.close()
        for _ in range(10):
            assert predict(api).status_code == 200
    for _ in range(6):
        break_it(api, faulty.RAISES)
    assert guard.watched[failing.pk].breaker.state is State.CLOSED


def test_a_version_that_one_call_asked_for_is_not_kept_in_memory(
    failing: ModelVersion, guardian: Guardian, api: Client
) -> None:
    assert predict(api).status_code == predict(api, query="?version=1.0.0").status_code == 200
    assert len(guardian.guard.watched) == 2
    guardian.turn()
    assert set(guardian.guard.watched) == {failing.pk}


def test_a_version_that_failed_is_remembered_though_it_does_not_serve(
    failing: ModelVersion, guardian: Guardian, api: Client
) -> None:
    break_it(api)
    lifecycle.deploy(ModelVersion.objects.get(label="1.0.0"), ACTOR)
    guardian.turn()
    assert guardian.guard.watched[failing.pk].breaker.state is not State.CLOSED


def test_an_explanation_of_many_rows_is_judged_call_by_call(
    failing: ModelVersion, guard: Guard, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(Guard, "begin", lambda self, slot: seen.append("begin") or 1)
    monkeypatch.setattr(Guard, "end", lambda self, place: seen.append("end"))
    monkeypatch.setattr("inference.explain.occlusion._CALL_ROWS", 64)
    analysis.explain(loading.slot("default"), np.zeros((6, 32)), top=3)
    assert seen == ["begin", "end"] * 3


def test_too_few_scores_are_a_failure_of_schema(failing: ModelVersion, guard: Guard, api: Client) -> None:
    assert predict(api, faulty.SHORT).json()["fault"] == "schema"
    assert guard.watched[failing.pk].breaker.state is State.OPEN


def test_rules_answer_the_next_call_before_anything_was_asked_of_the_database(
    failing: ModelVersion, guard: Guard, api: Client
) -> None:
    break_it(api)
    answer = analyze(
        api, {"message": "kernel panic - not syncing", "level": "ERROR"}, {"message": "ok"}
    ).json()
    block = answer["model"]
    assert (block["method"], block["is_rules"], block["version"]) == ("rules", True, "rules-v1")
    assert block["fallback_from"] == "default:2.0.0"
    assert [one["analysis_result"]["is_anomaly"] for one in answer["results"]] == [True, False]
    assert {one["fallback_from"] for one in answer["results"]} == {"default:2.0.0"}


def test_rules_cannot_score_feature_rows(failing: ModelVersion, guard: Guard, api: Client) -> None:
    break_it(api)
    answer = predict(api)
    assert (answer.status_code, answer.json()["code"]) == (503, "no_model_loaded")


def test_a_version_asked_for_beside_takes_nothing_from_the_one_that_serves(
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    guard: Guard,
    guardian: Guardian,
    api: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "open_version", opening.open_version)
    faulty.arm()
    register_version(retrained, "2.0.0")
    loading.slot("default")
    assert predict(api, faulty.NAN, query="?version=2.0.0").status_code == 503
    guardian.turn()
    answer = predict(api).json()
    assert (answer["model"]["version"], answer["model"].get("fallback_from")) == ("1.0.0", None)


def test_the_last_good_version_is_deployed_and_says_so(
    failing: ModelVersion, guardian: Guardian, api: Client
) -> None:
    break_it(api)
    guardian.turn()
    deployment = Deployment.objects.open().get()
    assert (deployment.version.label, deployment.fallback_from) == ("1.0.0", failing)
    assert (deployment.actor, deployment.channel) == ("modelhub", "serving")
    assert "utomatic fallback" in deployment.reason
    entry = AuditEntry.objects.filter(action="version.rollback").latest("id")
    assert (entry.actor, entry.outcome, entry.after["fallback_from"]) == ("modelhub", "done", "default:2.0.0")
    answer = predict(api).json()
    assert (answer["model"]["version"], answer["model"]["fallback_from"]) == ("1.0.0", "default:2.0.0")
    assert api.get("/api/v1/models/current").json()["role"] == "fallback"


def test_a_fault_leaves_a_row_and_an_alert_that_names_what_answers(
    failing: ModelVersion, guardian: Guardian, api: Client
) -> None:
    break_it(api)
    guardian.turn()
    fault = ServingFault.objects.get()
    assert (fault.version, fault.kind, fault.process) == (failing, FaultKind.NON_FINITE, "here")
    alert = Alert.objects.get(kind=AlertKind.FALLBACK)
    assert (alert.version, alert.is_open) == (failing, True)
    assert "default:1.0.0 was deployed" in alert.summary


def test_a_decision_of_a_person_ends_the_fallback_and_its_alert(
    failing: ModelVersion, guardian: Guardian, api: Client
) -> None:
    break_it(api)
    guardian.turn()
    lifecycle.deploy(failing, ACTOR, force=True, reason="repaired")
    guardian.turn()
    stepping.settle_alerts()
    answer = predict(api).json()
    assert (answer["model"]["version"], answer["model"].get("fallback_from")) == ("2.0.0", None)
    assert not Alert.objects.filter(kind=AlertKind.FALLBACK, closed_at__isnull=True).exists()


def test_there_is_one_step_in_ten_minutes(failing: ModelVersion, guardian: Guardian, api: Client) -> None:
    break_it(api)
    guardian.turn()
    lifecycle.deploy(failing, ACTOR, force=True, reason="again")
    break_it(api)
    guardian.turn()
    assert Deployment.objects.filter(fallback_from__isnull=False).count() == 1
    assert RegisteredModel.objects.get().current_version == failing
    answer = predict(api).json()["model"]  # this process helps itself meanwhile
    assert (answer["version"], answer["fallback_from"]) == ("1.0.0", "default:2.0.0")


def test_the_step_is_taken_once_the_time_is_over(
    failing: ModelVersion, guardian: Guardian, api: Client
) -> None:
    break_it(api)
    guardian.turn()
    lifecycle.deploy(failing, ACTOR, force=True, reason="again")
    Deployment.objects.filter(fallback_from=failing).update(
        deployed_at=timezone.now() - timedelta(minutes=11)
    )
    break_it(api)
    guardian.turn()
    assert Deployment.objects.filter(fallback_from=failing).count() == 2


def test_without_the_switch_only_this_process_falls_back(
    failing: ModelVersion, guardian: Guardian, api: Client, settings: Settings
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"AUTO_FALLBACK": False}
    break_it(api)
    guardian.turn()
    assert RegisteredModel.objects.get().current_version == failing
    assert predict(api).json()["model"]["version"] == "1.0.0"
    assert api.get("/api/v1/models/current").json()["role"] == "fallback"


@pytest.fixture
def alone(failing: ModelVersion, guardian: Guardian, settings: Settings) -> Guardian:
    """No step is taken by itself, and a breaker may be probed at once."""
    settings.MODELHUB = settings.MODELHUB | {"AUTO_FALLBACK": False}
    guardian.guard.limits = replace(guardian.guard.limits, pause_s=0.0)
    return guardian


def turns(guardian: Guardian, until: Callable[[], bool]) -> None:
    for _ in range(20):
        guardian.turn()
        for known in guardian.guard.watched.values():
            if known.prober is not None:
                known.prober.join(10)
        if until():
            return
    raise AssertionError("it never came")


def test_a_probe_that_goes_well_closes_the_breaker_and_the_alert(
    alone: Guardian, failing: ModelVersion, api: Client
) -> None:
    break_it(api)
    known = alone.guard.watched[failing.pk]
    known.rows = None  # what it failed on is not kept: as when a library was mended meanwhile
    turns(alone, lambda: Alert.objects.filter(kind=AlertKind.FALLBACK, closed_at__isnull=False).exists())
    answer = predict(api).json()["model"]
    assert (answer["version"], "fallback_from" in answer) == ("2.0.0", False)


def test_a_probe_tries_the_rows_that_failed(alone: Guardian, failing: ModelVersion, api: Client) -> None:
    break_it(api)
    for _ in range(3):
        alone.turn()
        prober = alone.guard.watched[failing.pk].prober
        assert prober is not None
        prober.join(10)
    assert alone.guard.watched[failing.pk].breaker.state is State.OPEN
    assert predict(api).json()["model"]["version"] == "1.0.0"


def test_rules_stay_where_no_earlier_version_is_left(
    deployed_version: ModelVersion, guardian: Guardian, api: Client
) -> None:
    slot = loading.slot("default")
    guardian.guard.trip(slot, guarding.Fault.TIMEOUTS, "3 calls have not ended")
    guardian.turn()
    assert analyze(api).json()["model"]["is_rules"] is True
    assert predict(api).json()["code"] == "no_model_loaded"
    assert "the rules answer" in Alert.objects.get().summary


def test_a_version_that_failed_is_no_way_back(
    failing: ModelVersion, guardian: Guardian, register_version: RegisterVersion, api: Client
) -> None:
    break_it(api)
    guardian.turn()
    current = RegisteredModel.objects.get().current_version
    assert current is not None
    assert failing not in fallback.candidates(current)


def test_a_stand_in_that_fails_too_is_replaced(
    alone: Guardian, failing: ModelVersion, deployed_version: ModelVersion, api: Client
) -> None:
    break_it(api)
    alone.guard.limits = replace(alone.guard.limits, pause_s=600.0)
    alone.guard.watched[failing.pk].breaker.probe_failed()
    alone.turn()
    standing_in = loading.slot("default")
    assert standing_in.version == deployed_version
    alone.guard.trip(standing_in, guarding.Fault.EXCEPTIONS, "5 of the last 5 calls failed")
    alone.turn()
    assert loading.slot("default").is_rules


def test_a_database_that_is_away_keeps_the_rules_answering_and_is_caught_up_with(
    failing: ModelVersion, guardian: Guardian, api: Client
) -> None:
    def outage(*args: Any) -> NoReturn:
        raise OperationalError("gone")

    break_it(api)
    with connection.execute_wrapper(outage):
        guardian.turn()
    assert loading.slot("default").is_rules
    assert not ServingFault.objects.exists()
    guardian.turn()
    assert ServingFault.objects.count() == 1
    assert Deployment.objects.open().get().version.label == "1.0.0"


def test_a_flood_of_anomalies_is_doubted_where_the_version_before_does_not_see_it(
    failing: ModelVersion, guardian: Guardian, trained: Trained, settings: Settings
) -> None:
    flood(loading.slot("default"), trained.rows, mark=faulty.FLOODS)
    guardian.turn()
    assert ServingFault.objects.get().kind == FaultKind.ALERT_RATE
    assert Deployment.objects.open().get().version.label == "1.0.0"


def test_an_attack_that_both_versions_see_is_believed(
    failing: ModelVersion, guardian: Guardian, trained: Trained
) -> None:
    flood(loading.slot("default"), trained.rows * 40 + 900, mark=None)
    guardian.turn()
    assert not ServingFault.objects.exists()
    assert guardian.guard.watched[failing.pk].breaker.counted()[1] >= 1000


def flood(slot: Any, table: Any, *, mark: float | None) -> None:
    for _ in range(25):
        batch = table[:60].copy()
        if mark is not None:
            batch[0, 0] = mark
        with observing.scoring(slot, endpoint="predict") as scored:
            scored.done(pipeline.score_features(slot.model, batch))


def test_answers_by_rules_count_as_errors_of_the_version(
    failing: ModelVersion, guard: Guard, api: Client
) -> None:
    from monitoring import metering
    from monitoring.models import InferenceMetric

    break_it(api)
    analyze(api)
    metering.flush()
    counted = InferenceMetric.objects.get(version=failing)
    assert (counted.requests, counted.errors, counted.records) == (2, 2, 0)


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_ask_at_once_take_one_step(
    failing: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connections

    barrier, outcomes = threading.Barrier(2), []
    real = lifecycle.gates.pass_all

    def slowly(*args: Any, **more: Any) -> None:
        real(*args, **more)
        barrier.wait(10)

    monkeypatch.setattr(lifecycle.gates, "pass_all", slowly)

    def ask() -> None:
        try:
            outcomes.append(stepping.step_back(failing, FaultKind.EXCEPTIONS, "5 of the last 5 calls failed"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcome is not None for outcome in outcomes) == [False, True]
    assert Deployment.objects.filter(fallback_from=failing).count() == 1


def test_a_version_that_killed_two_processes_is_not_used_by_the_next_one(
    failing: ModelVersion, guardian: Guardian, api: Client, settings: Settings
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"AUTO_FALLBACK": False}
    stepping.report(failing, FaultKind.CRASH, "a process crashed in it", process="before")
    guardian.condemned = crashes.condemned()
    guardian.turn()
    answer = predict(api).json()["model"]
    assert (answer["version"], answer["fallback_from"]) == ("1.0.0", "default:2.0.0")
    assert ServingFault.objects.count() == 1
    for _ in range(3):
        guardian.turn()
    assert guardian.guard.watched[failing.pk].prober is None  # a probe would kill this one too


def death_in(version: ModelVersion, process: str) -> Death:
    said = "Fatal Python error: Segmentation fault\n\nCurrent thread 0x1 (most recent call first):"
    return Death(process, (Call(version.pk, 1, 0.0),), said)


def test_two_deaths_that_are_settled_at_the_same_time_are_counted_as_two(
    failing: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = ServingFault.objects.create

    def create_both(**facts: Any) -> ServingFault:
        create(**facts | {"process": "the other"})  # whose settler has counted nothing of ours yet
        return create(**facts)

    monkeypatch.setattr(ServingFault.objects, "create", create_both)
    crashes._settle(death_in(failing, "ours"))
    assert RegisteredModel.objects.get().current_version == ModelVersion.objects.get(label="1.0.0")


def test_a_step_that_the_database_did_not_take_is_taken_at_the_next_look(
    failing: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*facts: object) -> NoReturn:
        raise OperationalError("away")

    crashes._settle(death_in(failing, "first"))
    with monkeypatch.context() as outage:
        outage.setattr(stepping, "step_back", away)
        with pytest.raises(OperationalError):
            crashes._settle(death_in(failing, "second"))
    crashes._settle(death_in(failing, "second"))
    assert RegisteredModel.objects.get().current_version == ModelVersion.objects.get(label="1.0.0")
    assert ServingFault.objects.filter(kind=FaultKind.CRASH).count() == 2


def test_a_version_that_somebody_decided_for_again_is_used(
    failing: ModelVersion, guardian: Guardian, api: Client, settings: Settings
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"AUTO_FALLBACK": False}
    stepping.report(failing, FaultKind.CRASH, "a process crashed in it", process="before")
    lifecycle.load(ModelVersion.objects.get(label="1.0.0"), ACTOR)
    lifecycle.load(failing, ACTOR)
    assert crashes.condemned() == {}


def test_an_earlier_version_that_does_not_open_is_not_read_at_every_turn(
    failing: ModelVersion, guardian: Guardian, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def open_version(version: ModelVersion, *, generation: int = 0) -> NoReturn:
        tried.append(version.label)
        raise ArtefactCorrupt(Code.ARTEFACT_CORRUPT, "its blob is gone")

    assert predict(api).status_code == 200
    monkeypatch.setattr(fallback, "MOST_TRIED", 1)
    monkeypatch.setattr(opening, "open_version", open_version)
    monkeypatch.setattr(stepping, "step_back", lambda *facts: None)  # which opens it for reasons of its own
    break_it(api)
    for _ in range(3):
        guardian.turn()
    assert tried == ["1.0.0"]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 6.0)
    guardian.turn()
    assert tried == ["1.0.0", "1.0.0"]


def test_a_version_that_cannot_be_loaded_twice_is_replaced_for_all(
    failing: ModelVersion, guardian: Guardian, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = opening.open_version

    def open_version(version: ModelVersion, *, generation: int = 0) -> Any:
        if version.pk == failing.pk:
            raise ArtefactCorrupt(Code.ARTEFACT_CORRUPT, "no such engine here")
        return real(version, generation=generation)

    monkeypatch.setattr(opening, "open_version", open_version)
    monkeypatch.setattr("inference.serving.slots.RETRY_S", 0.0)
    loading.forget()
    loading.begin_serving()
    loading.catch_up()
    guardian.turn()
    assert RegisteredModel.objects.get().current_version == failing
    loading.catch_up()
    guardian.turn()
    assert RegisteredModel.objects.get().current_version == ModelVersion.objects.get(label="1.0.0")
    assert ServingFault.objects.get().kind == FaultKind.LOAD
