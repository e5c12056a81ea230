"""The end of the audit trail is locked last: on PostgreSQL two operations never wait for each other.

SQLite has one writer at a time, so nothing of this can be seen there.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from modelhub.actors import Actor, Channel
from modelhub.audit import trail
from modelhub.registry import aliases, lifecycle, removal
from modelhub.registry.models import ModelVersion
from modelhub.transfers.models import TrainingSource
from monitoring import alerts
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from tests.integration.conftest import RegisterVersion, Trained

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "connection.vendor != 'postgresql'", reason="needs row locks; test_postgres.py runs it there"
    ),
]
ACTOR = Actor("maria", Channel.ADMIN)


@contextmanager
def _beside(work: Callable[[], object]) -> Iterator[None]:
    """``work`` runs in another thread and waits for a lock of ours by now; it must end well afterwards."""
    failed: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        _until_somebody_waits()
        yield
    finally:
        thread.join(20)
    assert not failed, failed


def _until_somebody_waits() -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody came to wait")


@pytest.mark.parametrize(
    "operation",
    [
        lifecycle.deactivate,
        lambda version, actor: aliases.set_alias(version, "shadow", actor),
        removal.delete,
    ],
    ids=["deactivate", "set alias", "delete"],
)
def test_an_operation_on_a_version_lets_a_row_that_refers_to_its_model_commit(
    operation: Callable[[ModelVersion, Actor], object], register_version: RegisterVersion, trained: Trained
) -> None:
    version = register_version(trained)
    trail.record("test.begin", "", ACTOR)
    begun = transaction.atomic()
    begun.__enter__()
    TrainingSource.objects.create(name="beside", location="/srv", model=version.model)
    trail.record("source.create", "source beside", ACTOR)
    with _beside(lambda: operation(version, ACTOR)):
        begun.__exit__(None, None, None)  # the key of the model is looked up here
    assert TrainingSource.objects.filter(name="beside").exists()


def test_closing_alerts_of_two_kinds_locks_both_before_the_trail(
    register_version: RegisterVersion, trained: Trained
) -> None:
    version = register_version(trained)
    alerts.open_alert(AlertKind.DRIFT, version, "drift")
    warning = alerts.open_alert(AlertKind.EARLY_WARNING, version, "warning", subject="score")
    kinds = (AlertKind.DRIFT, AlertKind.EARLY_WARNING)
    held = transaction.atomic()
    held.__enter__()
    Alert.objects.select_for_update().get(pk=warning.pk)
    with _beside(lambda: alerts.close_alerts(kinds, version, actor=ACTOR)):
        trail.record("alert.look", "alert", ACTOR)  # nobody who waits for us holds it
        held.__exit__(None, None, None)
    assert not Alert.objects.filter(closed_at__isnull=True).exists()
