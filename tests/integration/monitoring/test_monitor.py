"""The monitoring façade, inside and outside a running loop."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asgiref.sync import async_to_sync

from modelhub.errors import Code, InputInvalid, NotFound
from modelhub.registry.models import ModelVersion
from monitoring.models import DriftCheck, InferenceMetric
from monitoring.monitor import ModelPerformanceMonitor
from tests import live
from tests.integration.monitoring.metric_rows import add_row, ago

pytestmark = pytest.mark.django_db
monitor = ModelPerformanceMonitor("tester")


def record(*arguments: Any) -> None:
    async_to_sync(monitor.record_inference_metrics)(*arguments)


def summary() -> Any:
    return async_to_sync(monitor.get_performance_summary)("1.0.0")


def test_scalars_are_one_inference(deployed_version: ModelVersion) -> None:
    record("1.0.0", 0.01, -3.5, True)
    found = summary()
    assert (found["total_requests"], found["performance_metrics"]["total_anomalies"]) == (1, 1)
    assert found["performance_metrics"]["avg_anomaly_score"] == -3.5


def test_sequences_are_one_inference_for_each_element(deployed_version: ModelVersion) -> None:
    record("1.0.0", [0.01, 0.02], np.array([0.3, 0.9]), [False, True])
    found = summary()
    assert (found["total_requests"], found["performance_metrics"]["anomaly_rate"]) == (2, 0.5)


@pytest.mark.parametrize(
    "arguments",
    [
        (-0.1, 0.5, False),
        (float("nan"), 0.5, False),
        (float("inf"), 0.5, False),
        ("0.1", 0.5, False),
        (0.1, float("nan"), False),
        (0.1, None, False),
        (0.1, 0.5, "yes"),
        ([0.1, 0.2], [0.5], [False]),
        ([0.1], 0.5, False),
        (True, 0.5, False),
    ],
)
def test_what_cannot_be_counted_is_refused(
    deployed_version: ModelVersion, arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(InputInvalid) as refusal:
        record("1.0.0", *arguments)
    assert refusal.value.code == Code.PARAM_INVALID
    assert summary()["total_requests"] == 0


def test_an_unknown_version_is_named(deployed_version: ModelVersion) -> None:
    with pytest.raises(NotFound, match=r"9\.9\.9"):
        record("9.9.9", 0.1, 0.5, False)


def test_all_versions_report_and_clean_up_answer_as_the_api_does(deployed_version: ModelVersion) -> None:
    add_row(deployed_version, ago(days=40))
    assert async_to_sync(monitor.get_all_model_performance)()[0]["model_version"] == "1.0.0"
    assert async_to_sync(monitor.generate_performance_report)("1.0.0")["recommendations"]
    assert async_to_sync(monitor.cleanup_old_metrics)(30)["deleted"] == 1
    assert not InferenceMetric.objects.exists()


def test_everything_is_cleaned_up_only_when_confirmed(deployed_version: ModelVersion) -> None:
    with pytest.raises(InputInvalid):
        async_to_sync(monitor.cleanup_old_metrics)(0)


def test_a_drift_check_is_stored_and_answered(deployed_version: ModelVersion) -> None:
    found = async_to_sync(monitor.check_model_drift)("1.0.0")
    assert found["verdict"] == "insufficient_data"
    assert DriftCheck.objects.get().actor == "tester"


SCRIPT = """
import asyncio, json, sys
from monitoring.monitor import ModelPerformanceMonitor

async def main():
    monitor = ModelPerformanceMonitor()
    for _ in range(3):
        await monitor.record_inference_metrics("1.0.0", 0.01, 0.5, False)

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_script_that_ends_has_recorded_everything(tmp_path: Path) -> None:
    hub = live.hub(tmp_path / "home")
    hub.prepare()
    environment = hub.environment.copy()
    del environment["DJANGO_SETTINGS_MODULE"]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=live.ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    count = (
        "from monitoring.models import *; print(sum(row.requests for row in InferenceMetric.objects.all()))"
    )
    assert hub.python(count) == 3
    assert not os.listdir(tmp_path / "home" / "metering")
