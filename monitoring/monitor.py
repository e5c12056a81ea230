"""The monitoring service for Python callers: the operations of the API as coroutines.

Works in a plain script, inside and outside a running event loop.
"""

from modelhub.standalone import ensure_django

ensure_django()

import math  # noqa: E402 (Django must be set up before its models are imported)
from collections.abc import Sequence  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from modelhub import facades  # noqa: E402
from modelhub.actors import Actor  # noqa: E402
from modelhub.errors import Code, FieldError, InputInvalid  # noqa: E402
from modelhub.registry import references  # noqa: E402
from monitoring import (  # noqa: E402
    drift_checks,
    drift_presentation,
    metering,
    performance,
    reports,
    retention,
    summaries,
)
from monitoring import window as windows  # noqa: E402
from monitoring.metering.contract import Observation  # noqa: E402

Number = float | int


class ModelPerformanceMonitor:
    """Records and answers how versions perform. ``name`` stands in the audit trail for who asked."""

    def __init__(self, name: str = "") -> None:
        self.actor: Actor = facades.caller(name)

    async def record_inference_metrics(
        self,
        model_version: str,
        inference_time: Number | Sequence[Number],
        anomaly_score: Number | Sequence[Number],
        is_anomaly: bool | Sequence[bool],
    ) -> None:
        """One inference (scalars), or one for each element (sequences of equal length), is counted.

        Seconds are finite and not negative, scores finite (higher is more anomalous). It is in the database
        within a second. Raises InputInvalid (``param_invalid``) and NotFound for the version.
        """
        seconds, scores, verdicts = _checked(inference_time, anomaly_score, is_anomaly)
        version = await facades.called(references.find, model_version)
        for took_s, score, verdict in zip(seconds, scores, verdicts, strict=True):
            metering.record(Observation(version.pk, took_s, np.array([score]), None, int(verdict)))

    async def get_performance_summary(
        self, model_version: str, window: str = windows.DEFAULT
    ) -> dict[str, Any]:
        """As ``GET /performance/{version}``, what this process recorded a moment ago included."""
        return await facades.called(self._summary, model_version, window)

    async def get_all_model_performance(self, window: str = windows.DEFAULT) -> list[dict[str, Any]]:
        """As ``GET /performance``, all pages in one."""
        return await facades.called(self._all, window)

    async def generate_performance_report(
        self, model_version: str, window: str = windows.DEFAULT
    ) -> dict[str, Any]:
        """As ``GET /performance/{version}/report``."""
        return await facades.called(self._report, model_version, window)

    async def check_model_drift(self, model_version: str) -> dict[str, Any]:
        """As ``POST /performance/{version}/check-drift``: the check is stored, its result answered."""
        return await facades.called(self._check, model_version)

    async def cleanup_old_metrics(self, days_to_keep: int = 30, *, confirm: bool = False) -> dict[str, Any]:
        """As ``DELETE /performance/cleanup``; 0 needs ``confirm``."""
        pruned = await facades.called(retention.prune, self.actor, days_to_keep=days_to_keep, confirm=confirm)
        return performance.cleaned(pruned, days_to_keep=days_to_keep)

    def _summary(self, reference: str, length: str) -> dict[str, Any]:
        metering.flush()
        return performance.metrics(summaries.of_version(references.find(reference), length=length))

    def _all(self, length: str) -> list[dict[str, Any]]:
        metering.flush()
        found = summaries.of_versions(summaries.busiest(length=length), length=length)
        return [performance.without_series(summary) for summary in found]

    def _report(self, reference: str, length: str) -> dict[str, Any]:
        metering.flush()
        return reports.as_json(reports.report(references.find(reference), length=length))

    def _check(self, reference: str) -> dict[str, Any]:
        metering.flush()
        return drift_presentation.drift_result(drift_checks.check(references.find(reference), self.actor))


def _checked(
    times: Number | Sequence[Number], scores: Number | Sequence[Number], verdicts: bool | Sequence[bool]
) -> tuple[list[float], list[float], list[bool]]:
    """The three as lists of equal length; raises InputInvalid naming what cannot be used."""
    lists = [_listed(value) for value in (times, scores, verdicts)]
    kinds = {is_scalar for is_scalar, _ in lists}
    seconds, found, flags = (values for _, values in lists)
    if len(kinds) > 1 or len({len(values) for _, values in lists}) > 1:
        raise _invalid("inference_time", "Give three scalars, or three sequences of equal length.")
    if not all(_is_number(value) and value >= 0 for value in seconds):
        raise _invalid("inference_time", "inference_time must be finite seconds, 0 or more.")
    if not all(_is_number(value) for value in found):
        raise _invalid("anomaly_score", "anomaly_score must be a finite number.")
    if not all(isinstance(value, bool | np.bool_) or value in (0, 1) for value in flags):
        raise _invalid("is_anomaly", "is_anomaly must be true or false.")
    return [float(value) for value in seconds], [float(value) for value in found], [bool(v) for v in flags]


def _listed(value: Any) -> tuple[bool, list[Any]]:
    """Whether the value is a scalar, and its elements."""
    if isinstance(value, np.ndarray) and value.ndim:
        return False, list(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return False, list(value)
    return True, [value]


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _invalid(name: str, detail: str) -> InputInvalid:
    fault = FieldError(name, detail, str(Code.PARAM_INVALID))
    return InputInvalid(Code.PARAM_INVALID, detail, errors=(fault,))
