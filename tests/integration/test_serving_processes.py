"""Serving processes: one thread asks the database, rows say what is held, an alert tells of trouble."""

import gc
import json
import logging
import threading
import weakref
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone

from inference import telling, watching
from inference.models import Replica
from inference.serving import convergence, degradation, loading, replicas
from inference.serving.agreement import SILENT_AFTER
from inference.serving.replicas import Reporter
from modelhub import health
from modelhub.artifacts.store import Store
from modelhub.conf import store_root
from modelhub.registry import lifecycle
from modelhub.registry.models import ModelVersion
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from tests.integration.conftest import ACTOR, RegisterVersion, Trained
from tests.integration.test_loading import damage, force_current


@pytest.fixture
def serving(deployed_version: ModelVersion) -> ModelVersion:
    """This process serves ``default:1.0.0``."""
    loading.begin_serving()
    loading.catch_up()
    return deployed_version


@pytest.fixture
def broken(register_version: RegisterVersion, retrained: Trained, serving: ModelVersion) -> ModelVersion:
    """``default:2.0.0`` should serve and cannot be loaded."""
    version = register_version(retrained, "2.0.0")
    damage(version)
    force_current(version)
    return version


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once, and silent processes are looked for each time."""
    monkeypatch.setattr("inference.serving.slots.RETRY_S", 0.0)
    monkeypatch.setattr(replicas, "REPORT_S", 0.0)


def turn(reporter: Reporter) -> None:
    """What the watcher does twice a second."""
    loading.catch_up()
    replicas.report(reporter)


def repair(version: ModelVersion, source: Trained) -> None:
    Store(store_root()).put(source.safe_form)


def open_alerts() -> list[Alert]:
    return list(Alert.objects.filter(kind=AlertKind.DEGRADED, closed_at__isnull=True))


def test_a_request_of_a_serving_process_asks_no_database(
    serving: ModelVersion, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CHECK_S", 0.0)
    with django_assert_num_queries(0):
        assert loading.slot("default").version == serving
        assert loading.for_request("default", None).version == serving


def test_a_serving_process_that_holds_nothing_asks_no_database_either(
    deployed_version: ModelVersion, django_assert_num_queries: Any, api: Client
) -> None:
    damage(deployed_version)
    loading.begin_serving()
    loading.catch_up()
    with django_assert_num_queries(0):
        answer = api.post("/api/v1/models/predict", {"features": []}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_model_loaded")


def test_a_model_never_heard_of_is_asked_for(serving: ModelVersion, retrained: Trained) -> None:
    from tests.integration.conftest import register

    other = register(retrained, "1.0.0", model="wifi")
    force_current(other)
    assert loading.slot("wifi").version == other


def test_a_model_that_serves_no_more_is_dropped(serving: ModelVersion) -> None:
    serving.model.current_version = None
    serving.model.save(update_fields=["current_version"])
    loading.catch_up()
    assert loading.held() == []


def test_a_version_that_was_swapped_out_is_freed(
    serving: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    left = weakref.ref(loading.slot("default").model.runtime)
    lifecycle.deploy(register_version(retrained, "2.0.0"), ACTOR)
    assert loading.slot("default").version.label == "2.0.0"
    gc.collect()
    assert left() is None


def test_a_deployment_here_wakes_the_watcher(serving: ModelVersion) -> None:
    done = threading.Event()
    waiting = threading.Thread(target=lambda: (loading.wait_for_change(60), done.set()))
    waiting.start()
    loading.refresh()
    assert done.wait(30)


def test_a_process_that_does_not_serve_has_no_trouble_with_its_watcher(db: None) -> None:
    assert watching.trouble() == ""


def test_a_process_that_cannot_see_deployments_says_so_once_and_when_it_is_over(
    serving: ModelVersion, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(watching._watching, watching.os.getpid(), threading.current_thread())
    assert watching.trouble() == ""
    monkeypatch.setattr(watching, "BLIND_AFTER_S", -1.0)
    for _ in range(2):
        assert "not looked for deployments" in watching.trouble()
    assert health.serving().ok
    assert "degraded: This process has not looked" in health.serving().detail
    monkeypatch.undo()
    monkeypatch.setitem(watching._watching, watching.os.getpid(), threading.current_thread())
    assert watching.trouble() == ""
    told = [record.levelno for record in caplog.records if record.name == watching.__name__]
    assert told == [logging.ERROR, logging.WARNING]


def test_a_database_that_is_away_is_no_trouble_of_the_process(
    serving: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(watching._watching, watching.os.getpid(), threading.current_thread())
    monkeypatch.setattr(watching, "BLIND_AFTER_S", -1.0)

    def outage(*arguments: Any) -> NoReturn:
        raise OperationalError("gone")

    with connection.execute_wrapper(outage):
        loading.catch_up()
    assert watching.trouble() == ""
    loading.catch_up()
    assert watching.trouble() != ""


def test_the_metric_of_degraded_serving_tells_of_a_process_that_sees_no_deployments(
    serving: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(watching._watching, watching.os.getpid(), threading.current_thread())
    assert telling.serving() == [("default", 1, True, False)]
    monkeypatch.setattr(watching, "BLIND_AFTER_S", -1.0)
    assert telling.serving() == [("default", 1, True, True)]


def test_a_watcher_that_ended_is_told_and_started_again(
    serving: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    turned = threading.Event()
    monkeypatch.setattr(watching, "_watch", turned.set)
    monkeypatch.setitem(watching._watching, watching.os.getpid(), ended)
    assert "started again" in watching.trouble()
    assert turned.wait(30)


def test_a_process_reports_its_memory_and_its_beginning(serving: ModelVersion) -> None:
    began = timezone.now() - timedelta(minutes=5)
    replicas.report(Reporter("host:1:1", began))
    row = Replica.objects.get()
    assert row.started_at == began
    assert row.memory_bytes is not None
    assert 10_000_000 < row.memory_bytes < 100_000_000_000


def test_a_process_that_ends_in_order_leaves_no_row(serving: ModelVersion) -> None:
    reporter = Reporter("host:1:1")
    replicas.report(reporter)
    assert Replica.objects.count() == 1
    reporter.write_off()
    replicas.report(reporter)
    assert Replica.objects.count() == 0


def test_a_version_that_cannot_be_loaded_opens_one_alert(broken: ModelVersion, no_pause: None) -> None:
    reporters = [Reporter("host:1:1"), Reporter("host:2:2")]
    for reporter in reporters * 2:
        turn(reporter)
    (alert,) = open_alerts()
    assert (alert.version, alert.subject, alert.sightings) == (broken, degradation.SUBJECT, 2)
    assert "default:1.0.0 answers instead" in alert.summary
    assert alert.facts["process"] == "host:2:2"
    assert "could not be loaded" in alert.facts["problem"]


def test_the_alert_is_closed_by_the_last_process_that_recovers(
    broken: ModelVersion, retrained: Trained, no_pause: None
) -> None:
    reporter = Reporter("host:1:1")
    turn(reporter)
    other = Replica.objects.create(
        process="host:2:2", model=broken.model, generation=2, seen_at=timezone.now(), problem="cannot"
    )
    repair(broken, retrained)
    turn(reporter)
    assert Replica.objects.get(process="host:1:1").problem == ""
    assert len(open_alerts()) == 1
    Replica.objects.filter(pk=other.pk).update(problem="")
    turn(reporter)
    assert open_alerts() == []


def test_the_alert_is_closed_when_the_degraded_process_is_gone(
    broken: ModelVersion, retrained: Trained, no_pause: None
) -> None:
    turn(Reporter("host:1:1"))
    repair(broken, retrained)
    Replica.objects.update(seen_at=timezone.now() - timedelta(seconds=replicas.FORGET_S + 1))
    loading.forget()
    turn(Reporter("host:2:2"))
    assert open_alerts() == []


def test_the_alert_is_closed_when_another_version_serves(
    broken: ModelVersion, serving: ModelVersion, no_pause: None
) -> None:
    reporter = Reporter("host:1:1")
    turn(reporter)
    lifecycle.deploy(serving, ACTOR)
    turn(reporter)
    assert open_alerts() == []


def test_an_alert_that_could_not_be_opened_is_opened_by_the_next_turn(
    broken: ModelVersion, no_pause: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = Reporter("host:1:1")
    with monkeypatch.context() as patch:

        def fail(*arguments: Any, **more: Any) -> None:
            raise OperationalError

        patch.setattr("monitoring.alerts.open_alert", fail)
        with pytest.raises(OperationalError):
            turn(reporter)
    turn(reporter)
    assert len(open_alerts()) == 1


def replica(version: ModelVersion | None, generation: int, **more: Any) -> Replica:
    """A process that reported just now."""
    defaults = {
        "seen_at": timezone.now(),
        "process": f"host:{Replica.objects.count()}:1",
        "memory_bytes": 2**27,
    }
    model = more.pop("model", None) or (version.model if version else None)
    return Replica.objects.create(version=version, model=model, generation=generation, **defaults | more)


def in_agreement() -> tuple[int, int, bool]:
    (serving,) = convergence.standing("default")
    return serving.agreeing, serving.alive, serving.has_converged


def test_nobody_serves_a_model_without_processes(deployed_version: ModelVersion) -> None:
    assert in_agreement() == (0, 0, False)


def test_all_have_followed_when_every_live_process_serves_the_current_version(
    deployed_version: ModelVersion,
) -> None:
    replica(deployed_version, 1)
    replica(deployed_version, 0, seen_at=timezone.now() - SILENT_AFTER - timedelta(seconds=1))
    assert in_agreement() == (1, 1, True)


def test_a_process_of_an_older_generation_has_not_followed(deployed_version: ModelVersion) -> None:
    replica(deployed_version, 1)
    replica(deployed_version, 0)
    assert in_agreement() == (1, 2, False)


def test_a_fallback_loaded_for_the_newest_generation_has_not_followed(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    replica(register_version(retrained, "2.0.0"), 1, problem="1.0.0 could not be loaded")
    assert in_agreement() == (0, 1, False)


def test_the_api_tells_who_serves_what(deployed_version: ModelVersion, api: Client) -> None:
    replica(deployed_version, 1, started_at=timezone.now(), loaded_at=timezone.now())
    replica(None, 1, model=deployed_version.model, problem="1.0.0 could not be loaded")
    (model,) = api.get("/api/v1/serving").json()["models"]
    assert (model["deployed"], model["current"], model["generation"]) == ("1.0.0", "1.0.0", 1)
    assert (model["converged"], model["agreeing"], model["alive"]) == (False, 1, 2)
    assert [one["state"] for one in model["replicas"]] == ["serving", "empty"]
    assert model["replicas"][0]["memory_bytes"] == 2**27


def test_the_current_model_has_the_same_replicas(deployed_version: ModelVersion, api: Client) -> None:
    replica(deployed_version, 1, started_at=timezone.now())
    (model,) = api.get("/api/v1/serving").json()["models"]
    assert api.get("/api/v1/models/current").json()["replicas"] == model["replicas"]


def test_the_command_tells_who_serves_what(
    deployed_version: ModelVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    replica(deployed_version, 1)
    call_command("listreplicas", "--json")
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert (model["converged"], model["replicas"][0]["state"]) == (True, "serving")
    call_command("listreplicas", "--model", "default")
    assert "128 MiB" in capsys.readouterr().out


def test_the_command_says_what_to_do_where_no_process_reports(
    deployed_version: ModelVersion, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("listreplicas")
    assert "script/up" in capsys.readouterr().out


def test_who_waits_for_the_processes_is_told_when_all_have_followed(deployed_version: ModelVersion) -> None:
    replica(deployed_version, 1)
    assert convergence.awaited(deployed_version.model, seconds=60) == "1 of 1 process serves it"


def test_nobody_is_waited_for_where_no_process_reports(deployed_version: ModelVersion) -> None:
    said = convergence.awaited(deployed_version.model, seconds=60)
    assert said == "no serving process reports at present"


def test_who_has_not_followed_in_time_is_counted(deployed_version: ModelVersion) -> None:
    replica(deployed_version, 1)
    replica(deployed_version, 0)
    assert convergence.awaited(deployed_version.model, seconds=0) == "1 of 2 processes serve it"


@pytest.mark.django_db(transaction=True)
def test_another_thread_notices_that_a_process_followed(deployed_version: ModelVersion) -> None:
    late = replica(deployed_version, 0)
    said: list[str] = []

    def wait() -> None:
        said.append(convergence.awaited(deployed_version.model, seconds=60))
        connections.close_all()

    waiting = threading.Thread(target=wait)
    waiting.start()
    Replica.objects.filter(pk=late.pk).update(generation=1)
    waiting.join(30)
    assert said == ["1 of 1 process serves it"]
