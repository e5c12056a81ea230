"""The monitoring pages: importing this package registers them."""

from monitoring.admin import alerts, anomalies, notifications  # noqa: F401 (registration happens on import)
