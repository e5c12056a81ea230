"""Many operators at once: only 200 or 409, one deployed version, and the generation counts the changes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, LifecycleEvent, RegisteredModel
from tests.integration.conftest import ACTOR, RegisterVersion, Trained, train

OPERATORS = 16
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


def _all(operate: Callable[[int], tuple[int, bool]]) -> list[tuple[int, bool]]:
    with ThreadPoolExecutor(OPERATORS) as pool:
        return list(pool.map(operate, range(OPERATORS)))
