"""The monitoring pages: importing this package registers them."""

from monitoring.admin import anomalies  # noqa: F401 (registration happens on import)
