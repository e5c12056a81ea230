"""Every scored request is counted once; what cannot be written is kept, or counted as lost."""

import os
import signal
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import pytest
from django.db import OperationalError
from django.test import Client
from msgspec.structs import replace
from pytest_django.fixtures import Settings

from inference import analysis, prediction
from inference.serving import loading
from modelhub import conf
from modelhub.errors import ArtefactCorrupt, Code
from modelhub.registry.models import ModelVersion
from monitoring import metering, references, summaries
from monitoring.metering import counters, learning, recovery, writing
from monitoring.metering.process import Metering
from monitoring.models import InferenceMetric, MeteredProcess, ReferenceProfile
from tests.integration.conftest import Trained, sshd_records
from tests.integration.monitoring.metric_rows import observed


def predict(api: Client, trained: Trained, *, rows: int = 4) -> Any:
    body = {"features": trained.rows[:rows].tolist()}
    return api.post("/api/v1/models/predict", body, content_type="application/json")


@pytest.fixture
def meters() -> Iterator[Metering]:
    """Meters of a process of their own."""
    found = Metering()
    yield found
    if not found._is_abandoned:
        found.abandon()


def test_a_prediction_is_one_request_with_its_rows(
    deployed_version: ModelVersion, trained: Trained, api: Client
) -> None:
    assert predict(api, trained).status_code == 200
    metering.flush()
    row = InferenceMetric.objects.get()
    assert (row.version, row.requests, row.errors, row.records) == (deployed_version, 1, 0, 4)
    assert row.score_sum == pytest.approx(trained.scores[:4].sum())
    assert 0 < row.duration_min_s == row.duration_max_s == row.duration_sum_s


def test_analyzed_records_are_one_request(deployed_version: ModelVersion, api: Client) -> None:
    records = [{"message": record.message} for record in sshd_records(20)]
    answer = api.post("/api/v1/models/analyze", records, content_type="application/json").json()
    metering.flush()
    row = InferenceMetric.objects.get()
    assert (row.requests, row.records, row.anomalies) == (1, 20, answer["summary"]["anomalies"])


def test_a_prediction_of_a_python_caller_is_counted_too(
    deployed_version: ModelVersion, trained: Trained
) -> None:
    prediction.predict(loading.slot("default"), trained.rows[:3])
    metering.flush()
    assert InferenceMetric.objects.get().records == 3


def test_many_requests_share_one_row(deployed_version: ModelVersion, trained: Trained, api: Client) -> None:
    for _ in range(6):
        predict(api, trained)
        metering.flush()
    assert sum(InferenceMetric.objects.values_list("requests", flat=True)) == 6
    assert InferenceMetric.objects.count() <= 2  # a minute may end in between


def test_what_the_caller_sent_wrong_is_not_counted(deployed_version: ModelVersion, api: Client) -> None:
    answer = api.post("/api/v1/models/predict", {"features": [[1.0]]}, content_type="application/json")
    assert answer.status_code == 422
    metering.flush()
    assert not InferenceMetric.objects.exists()


def test_an_empty_list_leaves_no_row(deployed_version: ModelVersion, api: Client) -> None:
    assert api.post("/api/v1/models/analyze", [], content_type="application/json").status_code == 200
    metering.flush()
    assert not InferenceMetric.objects.exists()


def test_a_failure_of_the_model_is_an_error_of_the_version(
    deployed_version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> NoReturn:
        raise ArtefactCorrupt(Code.ARTEFACT_CORRUPT, "The blob is damaged.")

    monkeypatch.setattr("inference.pipeline.score_records", fail)
    with pytest.raises(ArtefactCorrupt):
        analysis.analyze(loading.slot("default"), sshd_records(3), run="r")
    metering.flush()
    row = InferenceMetric.objects.get()
    assert (row.requests, row.errors, row.records) == (1, 1, 0)


def test_switched_off_nothing_is_counted(
    deployed_version: ModelVersion, trained: Trained, api: Client, settings: Settings
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"METRICS": False}
    predict(api, trained)
    metering.flush()
    assert not InferenceMetric.objects.exists()
    assert counters.files(conf.metering_root()) == []


def test_a_repeated_write_changes_nothing(deployed_version: ModelVersion, meters: Metering) -> None:
    meters.record(observed(deployed_version))
    meters.flush()
    for span in meters.meter._spans.values():
        span.written_revision = -1  # as after a commit whose answer was lost
    meters.flush()
    assert [row.requests for row in InferenceMetric.objects.all()] == [1]
    assert [row.recorded for row in MeteredProcess.objects.all()] == [1]


def test_a_database_that_is_away_costs_nothing_but_time(
    deployed_version: ModelVersion, meters: Metering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> NoReturn:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", away)
        for _ in range(3):
            meters.record(observed(deployed_version))
            with pytest.raises(OperationalError):
                meters.flush()
    meters.flush()
    assert sum(InferenceMetric.objects.values_list("requests", flat=True)) == 3
    assert MeteredProcess.objects.get().lost == 0


@pytest.mark.django_db(transaction=True)
def test_a_version_whose_row_is_gone_does_not_hold_up_the_others(
    deployed_version: ModelVersion, meters: Metering
) -> None:
    meters.record(replace(observed(deployed_version), version_id=deployed_version.pk + 1_000))
    meters.record(observed(deployed_version))
    assert not meters._tried(meters.flush)
    assert meters._tried(meters.flush)
    assert InferenceMetric.objects.get().version == deployed_version


def test_the_end_of_a_process_writes_what_is_left(deployed_version: ModelVersion, meters: Metering) -> None:
    meters.record(observed(deployed_version))
    meters.end()
    assert InferenceMetric.objects.get().requests == 1
    assert MeteredProcess.objects.get().ended_at is not None
    assert counters.files(conf.metering_root()) == []


def test_a_process_that_ends_while_the_database_is_away_loses_nothing(
    deployed_version: ModelVersion, meters: Metering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> NoReturn:
        raise OperationalError

    meters.record(observed(deployed_version, count=7))
    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", away)
        meters.end()
    meters.abandon()  # as the process's end does
    assert not InferenceMetric.objects.exists()
    assert recovery.recover() == 0
    row = InferenceMetric.objects.get()
    assert (row.requests, row.records) == (1, 7)
    assert (MeteredProcess.objects.get().recorded, MeteredProcess.objects.get().lost) == (1, 0)
    assert not list(conf.metering_root().iterdir())


def test_a_damaged_spool_is_counted_as_lost(
    deployed_version: ModelVersion, meters: Metering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> NoReturn:
        raise OperationalError

    meters.record(observed(deployed_version))
    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", away)
        meters.end()
    meters.abandon()
    (left,) = conf.metering_root().glob("*.rows")
    left.write_bytes(left.read_bytes()[:20])
    assert recovery.recover() == 1


def test_a_request_that_ends_after_the_last_flush_is_written_at_once(
    deployed_version: ModelVersion, meters: Metering
) -> None:
    meters.end()
    meters.record(observed(deployed_version))
    assert InferenceMetric.objects.get().requests == 1


def killed_after(version: ModelVersion, *, recorded: int, more: int) -> None:
    """A process records, flushes, records more and is killed hard; its rows are written for it here."""
    reading, writing_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        child = Metering()
        for _ in range(recorded + more):
            child.record(observed(version))
        os.write(writing_end, child.meter.process.encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    process = os.read(reading, 100).decode()
    if recorded:
        MeteredProcess.objects.create(process=process, version=version, recorded=recorded)


def test_what_a_killed_process_had_not_recorded_is_counted_as_lost(deployed_version: ModelVersion) -> None:
    killed_after(deployed_version, recorded=5, more=3)
    assert recovery.recover() == 3
    row = MeteredProcess.objects.get()
    assert (row.recorded, row.lost) == (5, 3)
    assert row.ended_at is not None
    assert summaries.of_version(deployed_version).lost_requests == 3


def test_a_process_killed_before_its_first_flush_is_known_afterwards(deployed_version: ModelVersion) -> None:
    killed_after(deployed_version, recorded=0, more=4)
    recovery.recover()
    assert MeteredProcess.objects.get().lost == 4


def test_recovering_again_finds_nothing_more(deployed_version: ModelVersion) -> None:
    killed_after(deployed_version, recorded=1, more=1)
    assert [recovery.recover(), recovery.recover()] == [1, 0]


def test_bins_are_made_of_the_first_thousand_rows_and_used_by_all(
    deployed_version: ModelVersion, meters: Metering
) -> None:
    random = np.random.default_rng(0)
    for _ in range(10):
        features = random.normal(size=(120, deployed_version.n_features))
        meters.record(replace(observed(deployed_version, count=120), features=features))
    meters.meter.drain()
    learning.learn(meters.meter)
    meters.flush()
    assert ReferenceProfile.objects.get().version == deployed_version
    bins = references.bins_for(deployed_version.pk)
    assert bins is not None
    counted = sum(bins.features.counted(bytes(row.features)).rows for row in InferenceMetric.objects.all())
    assert counted >= 1_000
