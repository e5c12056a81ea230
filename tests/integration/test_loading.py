"""What a process serves follows the database, and a failure never takes away what works."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone

from inference import watching
from inference.models import Replica
from inference.pipeline import ScoringModel, score_features
from inference.serving import besides, loading, opening, replicas
from inference.serving.slots import Held
from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.errors import ArtefactCorrupt, Code, GateFailed, NotFound, Unavailable
from modelhub.registry import lifecycle
from modelhub.registry.models import ModelVersion, RegisteredModel
from tests.integration.conftest import ACTOR, RegisterVersion, Trained, train


def damage(version: ModelVersion) -> None:
    """Flip one byte of the version's blob in the store."""
    digest = version.artifacts.get().sha256
    path = next(Path(conf.store_root()).rglob(digest))
    path.chmod(0o640)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def force_current(version: ModelVersion) -> None:
    """Make the version current without the gates, as when its blob breaks after a deploy."""
    model = RegisteredModel.objects.get(pk=version.model_id)
    RegisteredModel.objects.filter(pk=model.pk).update(
        current_version=version, generation=model.generation + 1
    )


def test_the_deployed_version_is_served(deployed_version: ModelVersion, trained: Trained) -> None:
    slot = loading.slot("default")
    assert slot.version == deployed_version
    scored = score_features(slot.model, trained.rows[:5]).scores
    assert abs(scores_of(trained, 5) - scored).max() <= 1e-12
    assert [held.problem for held in loading.standing()] == [""]


def scores_of(trained: Trained, count: int) -> Any:
    return -trained.forest.score_samples(trained.scaler.transform(trained.rows[:count]))


def test_a_deploy_is_served_at_once_in_the_process_that_did_it(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    before = loading.slot("default")
    lifecycle.deploy(register_version(retrained, "2.0.0"), ACTOR)
    assert loading.slot("default").version.label == "2.0.0"
    assert before.version == deployed_version  # a request in flight keeps the object it took


def test_a_process_that_does_not_serve_loads_nothing_when_it_deploys(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    assert loading.held() == []
    loading.slot("default")
    lifecycle.deploy(register_version(retrained, "2.0.0"), ACTOR)
    (held,) = loading.held()
    assert held.slot is not None
    assert held.slot.version == deployed_version


def test_a_serving_process_has_loaded_a_version_when_its_deploy_returns(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    loading.begin_serving()
    lifecycle.deploy(register_version(retrained, "2.0.0"), ACTOR)
    (held,) = loading.held()
    assert held.slot is not None
    assert held.slot.version.label == "2.0.0"


def test_another_process_notices_within_half_a_second(
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr("inference.serving.loading.time.monotonic", lambda: now[0])
    loading.forget()
    loading.slot("default")
    force_current(register_version(retrained, "2.0.0"))
    assert loading.slot("default").version == deployed_version
    now[0] += loading.CHECK_S
    assert loading.slot("default").version.label == "2.0.0"


def test_a_version_that_cannot_be_loaded_leaves_the_old_one_serving(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    loading.slot("default")
    broken = register_version(retrained, "2.0.0")
    damage(broken)
    force_current(broken)
    loading.catch_up()
    assert loading.slot("default").version == deployed_version
    assert "2.0.0 could not be loaded" in loading.standing()[0].problem


def test_the_kept_version_says_in_whose_place_it_answers(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained, api: Client
) -> None:
    loading.slot("default")
    broken = register_version(retrained, "2.0.0")
    lifecycle.deploy(broken, ACTOR)
    damage(broken)
    loading.catch_up()
    answer = api.post("/api/v1/models/analyze", [{"message": "x"}], content_type="application/json").json()
    assert (answer["model"]["version"], answer["model"]["fallback_from"]) == ("1.0.0", "default:2.0.0")
    current = api.get("/api/v1/models/current").json()
    assert (current["version"], current["role"], current["deployed_version"]) == (
        "1.0.0",
        "fallback",
        "2.0.0",
    )
    assert api.get("/health/ready").status_code == 200
    (held,) = loading.standing()
    assert held.is_serving
    assert held.problem
    asked = loading.for_request(None, "1.0.0")
    assert (asked.version, asked.fallback_from) == (deployed_version, "")


def test_a_version_that_cannot_be_loaded_is_logged_once(
    deployed_version: ModelVersion, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("inference.serving.slots.RETRY_S", 0.0)
    damage(deployed_version)
    for _ in range(4):
        loading.catch_up()
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == ["load failed"]
    assert not loading.standing()[0].is_serving


def test_an_outage_of_the_database_is_logged_once_and_again_after_it_was_back(
    deployed_version: ModelVersion, caplog: pytest.LogCaptureFixture
) -> None:
    def outage(*args: Any) -> NoReturn:
        raise OperationalError("gone")

    for _ in range(2):
        with connection.execute_wrapper(outage):
            for _ in range(3):
                loading.catch_up()
        loading.catch_up()
    warnings = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(warnings) == 2
    assert "database" in warnings[0]


def test_a_repaired_version_is_tried_again(
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("inference.serving.slots.RETRY_S", 0.0)
    broken = register_version(retrained, "2.0.0")
    damage(broken)
    force_current(broken)
    loading.catch_up()
    Store(conf.store_root()).put(retrained.safe_form)
    loading.catch_up()
    assert loading.slot("default").version == broken
    assert [held.problem for held in loading.standing()] == [""]


def test_a_fresh_process_falls_back_to_the_last_good_version(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained, api: Client
) -> None:
    newer = register_version(retrained, "2.0.0")
    lifecycle.deploy(newer, ACTOR)
    damage(newer)
    loading.forget()
    slot = loading.slot("default")
    assert (slot.version, slot.fallback_from) == (deployed_version, "default:2.0.0")
    answer = api.post("/api/v1/models/analyze", [{"message": "x"}], content_type="application/json").json()
    assert answer["results"][0]["fallback_from"] == "default:2.0.0"
    assert answer["model"]["version"] == "1.0.0"


def test_nothing_good_left_is_unavailable_and_not_ready(deployed_version: ModelVersion, api: Client) -> None:
    damage(deployed_version)
    loading.forget()
    with pytest.raises(Unavailable) as raised:
        loading.slot("default")
    assert raised.value.code is Code.NO_MODEL_LOADED
    assert "could not be loaded" in raised.value.detail
    assert api.get("/health/live").status_code == 200
    assert api.get("/health/ready").status_code == 503


def test_an_unknown_model_is_not_found(db: None) -> None:
    with pytest.raises(NotFound):
        loading.slot("nothing")
    with pytest.raises(Unavailable):
        loading.for_request(None, None)


def test_the_database_may_go_away_once_something_is_loaded(
    deployed_version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.serving.loading.CHECK_S", 0.0)

    def outage(*args: Any) -> NoReturn:
        raise OperationalError("gone")

    loading.slot("default")
    with connection.execute_wrapper(outage):
        assert loading.slot("default").version == deployed_version
        loading.catch_up()
        loading.forget()
        with pytest.raises(OperationalError):
            loading.slot("default")


def test_opening_an_extra_version_asks_the_database_nothing_more(
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    django_assert_num_queries: Any,
) -> None:
    register_version(retrained, "2.0.0")
    found = besides.find("default", "2.0.0")
    with django_assert_num_queries(0):
        assert besides.slot_of(found).version.label == "2.0.0"


def test_a_model_that_goes_while_all_are_listed_is_no_error(
    deployed_version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading.slot("default")

    class Going(dict[str, Held]):
        def __iter__(self) -> Iterator[str]:
            names = list(super().__iter__())
            self.clear()
            return iter(names)

    monkeypatch.setattr(loading, "_held", Going(loading._held))
    assert [one.model_name for one in loading.held()] == ["default"]


def test_extra_versions_are_kept_open_but_few(
    deployed_version: ModelVersion, register_version: RegisterVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading.slot("default")
    opened: list[str] = []
    original = opening.open_version

    def counting(version: ModelVersion, **options: Any) -> ScoringModel:
        opened.append(version.label)
        return original(version, **options)

    monkeypatch.setattr("inference.serving.opening.open_version", counting)
    monkeypatch.setattr(besides, "MOST_OPEN", 1)
    for seed in (2, 3):
        register_version(train(seed), f"{seed}.0")
    for label in ("2.0", "2.0", "3.0", "2.0", "1.0.0"):
        assert loading.for_request(None, label).version.label == label
    assert opened == ["2.0", "3.0", "2.0"]


def test_preflight_refuses_a_damaged_version(deployed_version: ModelVersion) -> None:
    loading.preflight(deployed_version)
    damage(deployed_version)
    with pytest.raises(ArtefactCorrupt):
        loading.preflight(deployed_version)


def test_preflight_refuses_a_version_whose_columns_do_not_fit(deployed_version: ModelVersion) -> None:
    deployed_version.feature_names = deployed_version.feature_names[:-1]
    with pytest.raises(ArtefactCorrupt):
        loading.preflight(deployed_version)


def test_a_damaged_version_does_not_pass_the_gates(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    broken = register_version(retrained, "2.0.0")
    damage(broken)
    with pytest.raises(GateFailed):
        lifecycle.deploy(broken, ACTOR)
    assert loading.slot("default").version == deployed_version


@pytest.mark.django_db(transaction=True)
def test_an_open_extra_version_waits_for_no_load_and_opening_one_holds_up_no_load(
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loading.slot("default")
    for seed, label in enumerate(("extra", "slow", "next"), start=2):
        register_version(train(seed), label)
    loading.for_request(None, "extra")
    entered, go_on = threading.Event(), threading.Event()
    original = opening.open_version

    def slow(version: ModelVersion, **options: Any) -> ScoringModel:
        if version.label == "slow":
            entered.set()
            assert go_on.wait(10)
        return original(version, **options)

    monkeypatch.setattr("inference.serving.opening.open_version", slow)
    opener = _in_thread(lambda: loading.for_request(None, "slow"))
    assert entered.wait(10)
    answered = _in_thread(lambda: loading.for_request(None, "extra"))
    answered.join(5)
    force_current(ModelVersion.objects.get(label="next"))
    caught_up = _in_thread(loading.catch_up)
    caught_up.join(5)
    held_up = [thread.is_alive() for thread in (answered, caught_up)]
    with loading._loading:
        answered_while_loading = _in_thread(lambda: loading.for_request(None, "extra"))
        answered_while_loading.join(5)
        held_up.append(answered_while_loading.is_alive())
    go_on.set()
    opener.join(10)
    assert held_up == [False, False, False]
    assert loading.slot("default").version.label == "next"


@pytest.mark.django_db(transaction=True)
def test_one_thread_loads_while_others_go_on_with_the_old_version(
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loading.slot("default")
    force_current(register_version(retrained, "2.0.0"))
    entered, go_on, loads = threading.Event(), threading.Event(), []
    original = opening.open_version

    def slow(version: ModelVersion, **options: Any) -> ScoringModel:
        loads.append(version.label)
        entered.set()
        assert go_on.wait(10)
        return original(version, **options)

    monkeypatch.setattr("inference.serving.opening.open_version", slow)
    monkeypatch.setattr("inference.serving.loading.CHECK_S", 0.0)
    loader = _in_thread(loading.catch_up)
    assert entered.wait(10)
    assert loading.slot("default").version == deployed_version
    go_on.set()
    loader.join(10)
    assert loading.slot("default").version.label == "2.0.0"
    assert loads == ["2.0.0"]


@pytest.mark.django_db(transaction=True)
def test_requests_during_swaps_see_one_version_each(
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    trained: Trained,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("inference.serving.loading.CHECK_S", 0.0)
    versions = [deployed_version, register_version(retrained, "2.0.0")]
    expected = {"1.0.0": scores_of(trained, 3), "2.0.0": _scores_on(retrained, trained.rows[:3])}
    wrong: list[str] = []
    stop = threading.Event()

    def score() -> None:
        while not stop.is_set():
            slot = loading.slot("default")
            scored = score_features(slot.model, trained.rows[:3]).scores
            if abs(scored - expected[slot.version.label]).max() > 1e-12:
                wrong.append(slot.version.label)

    loading.slot("default")
    callers = [_in_thread(score) for _ in range(2)]
    for turn in range(10):
        force_current(versions[(turn + 1) % 2])
        loading.catch_up()
        assert loading.slot("default").version == versions[(turn + 1) % 2]
    stop.set()
    for caller in callers:
        caller.join(10)
    assert wrong == []


def _scores_on(source: Trained, rows: Any) -> Any:
    return -source.forest.score_samples(source.scaler.transform(rows))


def _in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_replicas_report_what_they_hold_and_forget_the_silent(deployed_version: ModelVersion) -> None:
    Replica.objects.create(
        process="gone",
        model=deployed_version.model,
        version=deployed_version,
        generation=1,
        loaded_at=timezone.now(),
        seen_at=timezone.now() - timedelta(seconds=replicas.FORGET_S + 1),
    )
    loading.catch_up()
    reporter = replicas.Reporter("host:1:1")
    replicas.report(reporter)
    row = Replica.objects.get()
    assert (row.process, row.version, row.generation, row.problem) == ("host:1:1", deployed_version, 1, "")


def test_an_unchanged_state_costs_no_query(
    deployed_version: ModelVersion, django_assert_num_queries: Any
) -> None:
    loading.catch_up()
    reporter = replicas.Reporter("host:1:1")
    replicas.report(reporter)
    with django_assert_num_queries(0):
        replicas.report(reporter)


def test_a_replica_names_its_problem(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained, api: Client
) -> None:
    loading.slot("default")
    broken = register_version(retrained, "2.0.0")
    damage(broken)
    force_current(broken)
    loading.catch_up()
    replicas.report(replicas.Reporter("host:1:1"))
    (seen,) = api.get("/api/v1/models/current").json()["replicas"]
    assert (seen["id"], seen["version"]) == ("host:1:1", "1.0.0")
    assert "2.0.0 could not be loaded" in seen["problem"]


def test_a_replica_that_holds_nothing_says_so(deployed_version: ModelVersion, api: Client) -> None:
    damage(deployed_version)
    loading.catch_up()
    replicas.report(replicas.Reporter("host:1:1"))
    row = Replica.objects.get()
    assert (row.version, row.loaded_at, row.model) == (None, None, deployed_version.model)
    assert "could not be loaded" in row.problem
    administrator = User.objects.create_superuser("ada", password="x")
    api.force_login(administrator)
    for page in ("", f"{row.pk}/change/"):
        assert api.get(f"/admin/inference/replica/{page}").status_code == 200


def test_the_watcher_measures_the_quarantine_before_anybody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for step in ("recovery.recover", "jobrecovery.recover", "quarantine.level"):
        monkeypatch.setattr(f"inference.watching.{step}", lambda step=step: done.append(step))
    watching._prepare()
    assert done == ["recovery.recover", "jobrecovery.recover", "quarantine.level"]


def test_a_process_name_is_its_own_and_short() -> None:
    assert len(replicas.process_name()) <= 64
