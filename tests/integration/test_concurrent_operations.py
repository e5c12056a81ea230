"""Many operators at once: only 200 or 409, one deployed version, and the generation counts the changes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from modelhub.accounts import tokens
from modelhub.audit import verification
from modelhub.audit.models import AuditEntry
from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion, RegisteredModel
from tests.integration.conftest import ACTOR, RegisterVersion, Trained, train

OPERATORS, DELETERS = 16, 4
DOOR = "/api/v1/model-management"


@pytest.mark.django_db(transaction=True)
def test_sixteen_deploys_and_rollbacks_at_once_leave_one_deployed_version(
    register_version: RegisterVersion, trained: Trained, retrained: Trained
) -> None:
    versions = [register_version(model, f"{n}.0") for n, model in enumerate([trained, retrained, train(2)])]
    for version in versions:
        lifecycle.deploy(version, ACTOR)
    before = RegisteredModel.objects.get().generation
    start = Barrier(OPERATORS)

    def operate(number: int) -> tuple[int, bool]:
        verb = "deploy" if number % 2 else "rollback"
        client = Client(headers={"Host": "localhost"})
        try:
            start.wait(30)
            response = client.post(f"{DOOR}/{number % 3}.0/{verb}", {}, content_type="application/json")
            return response.status_code, bool(response.json().get("changed"))
        finally:
            connection.close()

    answers = _all(operate)
    changes = sum(changed for _, changed in answers)
    model = RegisteredModel.objects.get()
    assert {status for status, _ in answers} <= {200, 409}
    assert changes >= 1
    assert Deployment.objects.open().count() == 1
    assert Deployment.objects.open().get().version == model.current_version
    assert model.generation == before + changes
    assert LifecycleEvent.objects.count() == len(versions) + changes
    assert list(LifecycleEvent.objects.order_by("generation").values_list("generation", flat=True)) == list(
        range(1, model.generation + 1)
    )


@pytest.mark.django_db(transaction=True)
def test_deletes_among_deploys_and_rollbacks_take_away_nothing_that_serves(
    register_version: RegisterVersion,
) -> None:
    versions = [register_version(train(n), f"{n}.0") for n in range(5)]
    for version in versions:
        lifecycle.deploy(version, ACTOR)
    before, entries = RegisteredModel.objects.get().generation, AuditEntry.objects.count()
    _, token = tokens.issue(User.objects.create_superuser("ada", password="x"), "deletes", ACTOR, days=1)
    start = Barrier(OPERATORS + DELETERS)

    def operate(number: int) -> tuple[str, str, int, bool]:
        headers, label = {"Host": "localhost", "Authorization": f"Bearer {token}"}, f"{number % 5}.0"
        client = Client(headers=headers)
        verb = "delete" if number >= OPERATORS else ("deploy" if number % 2 else "rollback")
        try:
            start.wait(30)
            if verb == "delete":
                response = client.delete(f"{DOOR}/{label}")
            else:
                response = client.post(f"{DOOR}/{label}/{verb}", {}, content_type="application/json")
            body = response.json()
            return verb, label, response.status_code, bool(body.get("changed", verb == "delete"))
        finally:
            connection.close()

    with ThreadPoolExecutor(OPERATORS + DELETERS) as pool:
        answers = list(pool.map(operate, range(OPERATORS + DELETERS)))
    deleted = {label for verb, label, status, _ in answers if (verb, status) == ("delete", 200)}
    changes = sum(changed and status == 200 for verb, _, status, changed in answers if verb != "delete")
    refused = sum(status == 409 for *_, status, _ in answers)
    assert {status for *_, status, _ in answers} <= {200, 404, 409}
    assert {
        label for _, label, status, _ in answers if status == 404
    } <= deleted  # gone before they were asked
    model = RegisteredModel.objects.get()
    assert Deployment.objects.open().get().version == model.current_version
    assert model.generation == before + changes
    assert set(ModelVersion.objects.values_list("label", flat=True)) == {f"{n}.0" for n in range(5)} - deleted
    assert model.current_version is not None
    assert model.current_version.label not in deleted
    told = AuditEntry.objects.order_by("-sequence")[: AuditEntry.objects.count() - entries]
    outcomes = [entry.outcome for entry in told if entry.action.startswith("version.")]
    assert outcomes.count("done") == changes + len(deleted)
    assert outcomes.count("refused") >= refused
    assert verification.verify().fault is None


def _all(operate: Callable[[int], tuple[int, bool]]) -> list[tuple[int, bool]]:
    with ThreadPoolExecutor(OPERATORS) as pool:
        return list(pool.map(operate, range(OPERATORS)))
