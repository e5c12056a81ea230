"""Sightings of several requests in one transaction: each run is told of its own rows."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from modelhub.registry.models import ModelVersion
from monitoring import anomaly_writer
from monitoring.anomaly_queue import Kept
from monitoring.models import Anomaly
from monitoring.recording import Recorded, Run, Sighting, record_runs


def sighting(name: str, score: float = 1.0) -> Sighting:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Sighting(name, f"content of {name}", moment, "", "", "", name, score, 0.5, 50.0, ())


def test_every_run_is_told_of_its_own_rows(deployed_version: ModelVersion) -> None:
    runs = [
        Run(deployed_version, "one", [sighting("a"), sighting("b"), sighting("b")]),
        Run(deployed_version, "two", [sighting("b"), sighting("c")]),
        Run(deployed_version, "three", [sighting("a")]),
    ]
    assert record_runs(runs) == [Recorded(new=2), Recorded(new=1, known=1), Recorded(known=1)]
    assert sorted(Anomaly.objects.values_list("record_id", "run")) == [
        ("a", "one"),
        ("b", "one"),
        ("c", "two"),
    ]


def test_a_run_that_is_said_again_is_told_the_same(deployed_version: ModelVersion) -> None:
    run = Run(deployed_version, "one", [sighting("a"), sighting("b")])
    assert record_runs([run]) == record_runs([run]) == [Recorded(new=2)]
    assert Anomaly.objects.count() == 2


def test_many_runs_cost_as_many_queries_as_one(deployed_version: ModelVersion) -> None:
    with CaptureQueriesContext(connection) as one:
        record_runs([Run(deployed_version, "one", [sighting("a")])])
    with CaptureQueriesContext(connection) as many:
        record_runs([Run(deployed_version, f"run {i}", [sighting(f"r{i}")]) for i in range(20)])
    assert len(many) == len(one)


def test_inside_a_transaction_the_rows_are_part_of_it(deployed_version: ModelVersion) -> None:
    assert anomaly_writer.keep(Run(deployed_version, "one", [sighting("a")])) == Kept(Recorded(new=1))
    assert Anomaly.objects.count() == 1


def test_nothing_seen_asks_nothing_of_the_database() -> None:
    version = ModelVersion(pk=1)
    assert anomaly_writer.keep(Run(version, "one", [])) == Kept()


@pytest.mark.django_db(transaction=True)
def test_a_version_that_is_gone_is_told_as_refused(register_version: object) -> None:
    gone = ModelVersion(pk=10_000)
    assert anomaly_writer.keep(Run(gone, "one", [sighting("a")])) == Kept(refused=1)
    assert anomaly_writer.lost() == 1
    assert not Anomaly.objects.exists()
