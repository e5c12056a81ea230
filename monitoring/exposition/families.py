"""The table of every metric family that ``/metrics`` offers: name, kind, labels, unit of its values. Pure.

Label values come from closed sets and from the registry only; nothing that a caller writes ever becomes one.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How Prometheus reads the values."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Source(StrEnum):
    """Who knows the values."""

    COUNTED = "counted"  # every process of this home, summed up
    WORKER = "worker"  # each live web worker for itself
    ROWS = "rows"  # the database: equal in whatever process is asked
    SCRAPE = "scrape"  # the process that answers


@dataclass(frozen=True, slots=True)
class Family:
    """One family; ``bounds`` are the upper edges of a histogram's buckets, inclusive, without infinity."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    source: Source
    help: str
    bounds: tuple[float, ...] = ()

    @property
    def cells(self) -> int:
        """Numbers kept of one series: a histogram's sum and its buckets, infinity's too, else one."""
        return len(self.bounds) + 2 if self.kind == Kind.HISTOGRAM else 1


SECONDS = (
    *(0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025),
    *(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
RECORDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0)
SEVERITIES = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0)
_VERSION = ("model", "version")


def _counter(name: str, labels: tuple[str, ...], text: str, source: Source = Source.COUNTED) -> Family:
    return Family(name, Kind.COUNTER, labels, source, text)


def _histogram(name: str, labels: tuple[str, ...], text: str, bounds: tuple[float, ...]) -> Family:
    return Family(name, Kind.HISTOGRAM, labels, Source.COUNTED, text, bounds)


def _gauge(name: str, labels: tuple[str, ...], text: str, source: Source = Source.ROWS) -> Family:
    return Family(name, Kind.GAUGE, labels, source, text)


FAMILIES = (
    _counter(
        "modelhub_inference_requests_total",
        (*_VERSION, "endpoint", "outcome"),
        "Scoring requests by outcome; model and version are empty where none was reached.",
    ),
    _counter(
        "modelhub_requests_rejected_total",
        ("endpoint", "reason"),
        "Scoring requests that reached no model, by the code of the answer.",
    ),
    _histogram(
        "modelhub_inference_duration_seconds",
        (*_VERSION, "stage"),
        "Seconds of answered requests, by stage; total is the sum of the others.",
        SECONDS,
    ),
    _counter("modelhub_records_scored_total", (*_VERSION, "verdict"), "Log records and feature rows scored."),
    _histogram("modelhub_inference_batch_records", ("model",), "Records of each answered request.", RECORDS),
    _histogram(
        "modelhub_anomaly_severity",
        ("model",),
        "Severity, 0 to 100, of records judged anomalous.",
        SEVERITIES,
    ),
    _counter("modelhub_logs_received_total", ("format",), "Log records received by analyze, by wire format."),
    _counter("modelhub_logs_rejected_total", ("reason",), "Log records that could not be used, by code."),
    _counter(
        "modelhub_notifications_total",
        ("channel", "outcome"),
        "Tries to send a notification, by kind of channel and outcome.",
    ),
    _counter("modelhub_uncounted_total", (), "What could not be counted because its series had no room."),
    _gauge(
        "modelhub_worker_generation", ("worker", "model"), "Generation that the worker serves.", Source.WORKER
    ),
    _gauge(
        "modelhub_worker_serving",
        ("worker", "model"),
        "1 while the worker answers for the model, be it degraded, else 0.",
        Source.WORKER,
    ),
    _gauge(
        "modelhub_worker_degraded",
        ("worker", "model"),
        "1 while the worker answers with another version than the one that should serve, or with none.",
        Source.WORKER,
    ),
    _gauge("modelhub_worker_memory_bytes", ("worker",), "Resident memory of the worker.", Source.WORKER),
    _gauge(
        "modelhub_worker_start_time_seconds",
        ("worker",),
        "When the worker began, in seconds since 1970.",
        Source.WORKER,
    ),
    _gauge(
        "modelhub_model_info", (*_VERSION, "sha256", "role"), "1 for each version that serves or is counted."
    ),
    _gauge("modelhub_model_generation", ("model",), "Generation that every worker should serve."),
    _counter(
        "modelhub_fallbacks_total",
        ("model", "from_version", "to_version", "reason"),
        "Times the hub deployed another version by itself because the deployed one failed.",
        Source.ROWS,
    ),
    _gauge(
        "modelhub_drift_statistic",
        (*_VERSION, "target", "test"),
        "Statistic of each test of the newest drift check.",
    ),
    _gauge(
        "modelhub_drift_adjusted_p_value",
        (*_VERSION, "target", "test"),
        "Adjusted p value of each test of the newest drift check.",
    ),
    _gauge(
        "modelhub_drift_detected",
        _VERSION,
        "1 where the newest drift check found drift, 0 where none; absent while data are insufficient.",
    ),
    _gauge("modelhub_drift_score", _VERSION, "Largest effect of the newest drift check, 0 to 1."),
    _gauge(
        "modelhub_drift_last_check_timestamp_seconds",
        _VERSION,
        "When the newest drift check was made, in seconds since 1970.",
    ),
    _gauge("modelhub_queue_depth", ("queue",), "Jobs that wait."),
    _gauge(
        "modelhub_queue_oldest_age_seconds", ("queue",), "Seconds that the oldest of them waits; 0 for none."
    ),
    _gauge("modelhub_alerts_open", ("kind",), "Alerts of the hub that are open."),
    _gauge("modelhub_database_up", (), "1 where the database answered this scrape in time.", Source.SCRAPE),
    _gauge("modelhub_metrics_enabled", (), "0 where METRICS=false: nothing is counted.", Source.SCRAPE),
    _gauge("modelhub_build_info", ("version", "engine"), "1; what runs.", Source.SCRAPE),
)
BY_NAME = {family.name: family for family in FAMILIES}
REQUESTS = BY_NAME["modelhub_inference_requests_total"]
REJECTED = BY_NAME["modelhub_requests_rejected_total"]
DURATION = BY_NAME["modelhub_inference_duration_seconds"]
SCORED = BY_NAME["modelhub_records_scored_total"]
BATCH = BY_NAME["modelhub_inference_batch_records"]
SEVERITY = BY_NAME["modelhub_anomaly_severity"]
RECEIVED = BY_NAME["modelhub_logs_received_total"]
UNUSABLE = BY_NAME["modelhub_logs_rejected_total"]
NOTIFIED = BY_NAME["modelhub_notifications_total"]
UNCOUNTED = BY_NAME["modelhub_uncounted_total"]
GENERATION = BY_NAME["modelhub_worker_generation"]
SERVING = BY_NAME["modelhub_worker_serving"]
DEGRADED = BY_NAME["modelhub_worker_degraded"]
MEMORY = BY_NAME["modelhub_worker_memory_bytes"]
STARTED = BY_NAME["modelhub_worker_start_time_seconds"]
