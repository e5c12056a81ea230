"""Minutes become hours and hours days: the sums stay what they were, whatever happens in between."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db.models import Sum
from pytest_django import DjangoDbBlocker

from modelhub.registry.models import ModelVersion
from monitoring import references, rollup
from monitoring.models import InferenceMetric, ReferenceProfile
from monitoring.models.metrics import Resolution
from tests import killing
from tests.integration.conftest import register, train
from tests.integration.monitoring.metric_rows import add_row, ago

HOUR = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = HOUR + timedelta(days=3)
SUMS = ("requests", "errors", "records", "anomalies", "duration_sum_s", "score_sum")


def sums() -> dict[str, float]:
    return InferenceMetric.objects.aggregate(**{name: Sum(name) for name in SUMS})


def kinds() -> dict[str, int]:
    rows = InferenceMetric.objects.values_list("resolution", flat=True)
    return {kind: list(rows).count(kind) for kind in set(rows)}


def test_an_hour_holds_the_exact_sum_of_its_minutes(deployed_version: ModelVersion) -> None:
    for minute in range(5):
        add_row(deployed_version, HOUR + timedelta(minutes=minute), seconds=0.001 * (minute + 1), requests=2)
        add_row(deployed_version, HOUR + timedelta(minutes=minute), process="q")
    before = sums()
    assert rollup.roll_up(LATER)["minute"] == 10
    row = InferenceMetric.objects.get()
    assert (row.resolution, row.start, row.process) == (Resolution.HOUR, HOUR, "")
    assert sums() == pytest.approx(before)
    assert (row.duration_min_s, row.duration_max_s) == (0.001, 0.005)
    assert sum(row.durations.values()) == 15


def test_profiles_are_added_up(deployed_version: ModelVersion) -> None:
    random = np.random.default_rng(0)
    bins = references.learn(
        deployed_version.pk,
        random.normal(size=(1_000, deployed_version.n_features)),
        random.normal(size=1_000),
    )
    for minute in range(3):
        add_row(deployed_version, HOUR + timedelta(minutes=minute), bins=bins)
    rollup.roll_up(LATER)
    row = InferenceMetric.objects.get()
    assert bins.features.counted(bytes(row.features)).rows == 30
    assert bins.scores.counted(bytes(row.scores)).rows == 30


def test_a_second_run_changes_nothing(deployed_version: ModelVersion) -> None:
    add_row(deployed_version, HOUR)
    rollup.roll_up(LATER)
    before = sums()
    assert rollup.roll_up(LATER) == {"minute": 0, "hour": 0}
    assert sums() == before


def test_a_minute_that_comes_late_is_added_to_its_hour(deployed_version: ModelVersion) -> None:
    add_row(deployed_version, HOUR)
    rollup.roll_up(LATER)
    add_row(deployed_version, HOUR + timedelta(minutes=1))
    rollup.roll_up(LATER)
    assert InferenceMetric.objects.get().requests == 2


def test_recent_minutes_stay_minutes(deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(hours=47))
    rollup.roll_up()
    assert kinds() == {"minute": 1}


def test_hours_of_two_months_ago_become_days(deployed_version: ModelVersion) -> None:
    for hour in range(24):
        add_row(
            deployed_version,
            HOUR.replace(hour=0) + timedelta(hours=hour),
            resolution=Resolution.HOUR,
            process="",
        )
    before = sums()
    rollup.roll_up(HOUR + timedelta(days=70))
    assert kinds() == {"day": 1}
    assert sums() == pytest.approx(before)


def test_versions_are_kept_apart(deployed_version: ModelVersion, retrained: Any) -> None:
    other = register(retrained, "2.0.0")
    add_row(deployed_version, HOUR)
    add_row(other, HOUR)
    rollup.roll_up(LATER)
    assert InferenceMetric.objects.count() == 2


@pytest.mark.slow
def test_killed_at_any_step_it_loses_and_doubles_nothing(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    template = killing.migrated(tmp_path / "template", django_db_blocker)

    def fill() -> None:
        version = register(train(0))
        for minute in range(4):
            add_row(version, HOUR + timedelta(minutes=30 * minute))

    def roll() -> None:
        rollup.roll_up(LATER)

    def total() -> list[Any]:
        return [sums()["requests"], kinds()]

    template.run(fill)
    events = killing.copy_of(template, tmp_path / "whole").run(roll).events
    for step in killing.points(events):
        home = killing.copy_of(template, tmp_path / f"at{step}")
        assert home.run(roll, kill_at=step).killed
        assert home.run(total).answer[0] == 4
        home.run(roll)
        assert home.run(total).answer == [4, {"hour": 2}]


def test_damaged_bins_of_one_version_leave_its_rows_and_stop_no_other(
    deployed_version: ModelVersion, retrained: Any
) -> None:
    other = register(retrained, "2.0.0")
    rows = np.zeros((1000, deployed_version.n_features))
    references.learn(deployed_version.pk, rows, np.linspace(0.3, 0.7, 1000))
    ReferenceProfile.objects.filter(version=deployed_version).update(features=b"damaged")
    for version in (deployed_version, other):
        add_row(version, ago(days=3))
    rollup.roll_up()
    found = dict(InferenceMetric.objects.values_list("version_id", "resolution"))
    assert found == {deployed_version.pk: Resolution.MINUTE, other.pk: Resolution.HOUR}
