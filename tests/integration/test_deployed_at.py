"""Which version was deployed at a time: one query, one endpoint, whatever the clocks did."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, ModelVersion, RegisteredModel
from tests.integration.conftest import ACTOR, RegisterVersion, Trained

AT = "/api/v1/deployments/at"
LIST = "/api/v1/deployments"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``clock(moment)`` sets the time at which lifecycle operations happen."""
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def two(register_version: RegisterVersion, trained: Trained, retrained: Trained) -> list[ModelVersion]:
    return [register_version(trained, "1.0.0"), register_version(retrained, "2.0.0")]


def _at(api: Client, moment: datetime) -> Any:
    return api.get(AT, {"time": moment.isoformat()}).json()


def _label(api: Client, moment: datetime) -> str | None:
    found = _at(api, moment)["deployment"]
    return found["version"] if found else None


def test_each_moment_has_the_version_that_was_deployed_then(
    api: Client, two: list[ModelVersion], clock: Any
) -> None:
    for version, moment in zip(two, (NINE, NINE + 10 * MINUTE), strict=True):
        clock(moment)
        lifecycle.deploy(version, ACTOR, reason="why")
    moments = [NINE - MINUTE, NINE, NINE + 9 * MINUTE, NINE + 10 * MINUTE, NINE + 11 * MINUTE]
    assert [_label(api, moment) for moment in moments] == [None, "1.0.0", "1.0.0", "2.0.0", "2.0.0"]


def test_the_answer_says_who_why_and_until_when(api: Client, two: list[ModelVersion], clock: Any) -> None:
    for version, moment in zip(two, (NINE, NINE + 10 * MINUTE), strict=True):
        clock(moment)
        lifecycle.deploy(version, ACTOR, reason="why")
    found = _at(api, NINE)["deployment"]
    assert (found["deployed_by"], found["reason"], found["ended_at"]) == (
        "tester",
        "why",
        "2026-03-02T09:10:00Z",
    )


def test_between_two_deployments_there_is_no_gap(api: Client, two: list[ModelVersion]) -> None:
    for version in two:
        lifecycle.deploy(version, ACTOR)
    old, new = Deployment.objects.order_by("generation")
    assert old.ended_at == new.deployed_at


def test_at_equal_times_the_generation_decides(api: Client, two: list[ModelVersion], clock: Any) -> None:
    clock(NINE)
    for version in two:
        lifecycle.deploy(version, ACTOR)
    assert _label(api, NINE) == "2.0.0"


def test_a_clock_set_back_makes_no_negative_period_and_no_second_answer(
    api: Client, two: list[ModelVersion], clock: Any
) -> None:
    for version, moment in zip(two, (NINE, NINE - 60 * MINUTE), strict=True):
        clock(moment)
        lifecycle.deploy(version, ACTOR)
    assert all(row.ended_at is None or row.ended_at >= row.deployed_at for row in Deployment.objects.all())
    assert (_label(api, NINE - MINUTE), _label(api, NINE)) == (None, "2.0.0")


def test_rows_that_overlap_all_the_same_give_one_answer(api: Client, two: list[ModelVersion]) -> None:
    model = RegisteredModel.objects.get()
    for generation, version in enumerate(two, 1):
        Deployment.objects.create(
            model=model,
            version=version,
            operation="deploy",
            actor="maria",
            generation=generation,
            deployed_at=NINE,
            ended_at=NINE + MINUTE * (10 - generation) if generation == 1 else None,
        )
    assert [row.version.label for row in Deployment.objects.in_force_at(NINE + MINUTE)] == ["2.0.0"]


def test_it_is_one_query_for_all_models(
    two: list[ModelVersion],
    register_version: RegisterVersion,
    trained: Trained,
    django_assert_num_queries: Any,
) -> None:
    lifecycle.deploy(two[0], ACTOR)
    lifecycle.deploy(register_version(trained, "1.0.0", model="wifi"), ACTOR)
    with django_assert_num_queries(1):
        rows = Deployment.objects.in_force_at(timezone.now()).select_related("version__model")
        assert [str(row.version) for row in rows] == ["default:1.0.0", "wifi:1.0.0"]


def test_without_a_time_it_is_now(api: Client, deployed_version: ModelVersion) -> None:
    assert api.get(AT).json()["deployment"]["version"] == "1.0.0"


def test_nothing_deployed_is_null_with_an_explanation(api: Client, two: list[ModelVersion]) -> None:
    answer = api.get(AT).json()
    assert answer["deployment"] is None
    assert answer["explanation"] == "Nothing was ever deployed for default."


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "%00", "1e400"])
def test_a_bad_time_is_a_422(api: Client, two: list[ModelVersion], time: str) -> None:
    answer = api.get(AT, {"time": time})
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")


def test_an_unknown_model_is_a_404(api: Client, db: None) -> None:
    assert api.get(AT, {"model": "none"}).json()["code"] == "model_not_found"


def test_trial_loads_do_not_count(api: Client, two: list[ModelVersion]) -> None:
    lifecycle.deploy(two[0], ACTOR)
    lifecycle.load(two[1], ACTOR)
    assert api.get(AT).json()["deployment"]["version"] == "1.0.0"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["2.0.0", "1.0.0"]),
        ("version=1.0.0", ["1.0.0"]),
        ("state=in_force", ["2.0.0"]),
        ("state=ended", ["1.0.0"]),
        ("model=wifi", []),
        ("operation=rollback", []),
        ("deployed_by=tester&page_size=1", ["2.0.0"]),
        ("since=2200-01-01", []),
    ],
)
def test_the_list_of_deployments_can_be_narrowed(
    api: Client, two: list[ModelVersion], query: str, found: list[str]
) -> None:
    for version in two:
        lifecycle.deploy(version, ACTOR)
    rows = api.get(f"{LIST}/?{query}").json()["results"]
    assert [row["version"] for row in rows] == found
