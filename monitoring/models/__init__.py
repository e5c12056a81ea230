"""Everything that is watched, one module for each subject."""

from monitoring.models.alerts import Alert
from monitoring.models.anomalies import Anomaly
from monitoring.models.drift import DriftCheck, ReferenceProfile
from monitoring.models.metrics import InferenceMetric, MeteredProcess
from monitoring.models.notifications import Delivery, NotificationChannel

__all__ = [
    "Alert",
    "Anomaly",
    "Delivery",
    "DriftCheck",
    "InferenceMetric",
    "MeteredProcess",
    "NotificationChannel",
    "ReferenceProfile",
]
