"""Generated logs are repeatable, ordered, rhythmic, and hold the incidents they were asked for."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from inference.generator import KINDS, GeneratedLine, Plan, activity, generate
from inference.intake.export import faithful


def lines(plan: Plan) -> list[GeneratedLine]:
    return list(generate(plan))


def test_the_same_seed_gives_the_same_log_and_another_seed_another() -> None:
    assert lines(Plan(lines=300, seed=4)) == lines(Plan(lines=300, seed=4))
    assert lines(Plan(lines=300, seed=4)) != lines(Plan(lines=300, seed=5))


@pytest.mark.parametrize("wished", [1, 50, 3000])
def test_the_number_of_lines_is_exact(wished: int) -> None:
    assert len(lines(Plan(lines=wished))) == wished


def test_lines_are_in_time_order_within_the_hours() -> None:
    stamps = [datetime.fromisoformat(line["timestamp"]) for line in generate(Plan(hours=30, seed=2))]
    assert all(earlier <= later for earlier, later in pairwise(stamps))
    assert (stamps[-1] - stamps[0]).total_seconds() < 30 * 3600


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start_hour", [0, 14])
def test_all_incidents_asked_for_are_in_the_log_and_labelled(kind: str, start_hour: int) -> None:
    count = 6 if kind == "all" else 3
    plan = Plan(lines=2000, kind=kind, incidents=count, start=datetime(2026, 3, 1, start_hour, tzinfo=UTC))
    found = Counter(line["label_detail"] for line in generate(plan) if line["label"])
    assert len(found) == count
    assert None not in found


def test_without_incidents_nothing_is_labelled() -> None:
    assert not any(line["label"] for line in generate(Plan(lines=500, incidents=0)))


def test_nights_are_quieter_than_afternoons() -> None:
    hours = Counter(line["timestamp"][11:13] for line in generate(Plan(hours=24 * 7, incidents=0)))
    assert hours["16"] > 2.5 * hours["04"]
    assert activity(4) == pytest.approx(0.2)
    assert activity(16) == pytest.approx(1.0)


def test_logins_at_night_are_at_night_in_local_time() -> None:
    plan = Plan(hours=72, incidents=6, start=datetime(2026, 3, 1, 17, 20, tzinfo=UTC))
    odd = [line["timestamp"][11:13] for line in generate(plan) if line["label_detail"] == "night_login"]
    assert set(odd) == {"03"}


def test_the_training_service_can_read_every_line() -> None:
    batch = [faithful(dict(line)) for line in generate(Plan(lines=500))]
    assert {record.level for record in batch} <= {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
    assert len({line["timestamp"][-1] for line in generate(Plan(lines=500))}) == 1


@pytest.mark.parametrize("wish", [{}, {"lines": 1, "hours": 1.0}, {"lines": 1, "kind": "toaster"}])
def test_a_plan_that_makes_no_sense_is_refused(wish: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"give either|kind must"):
        Plan(**wish)  # type: ignore[arg-type]
