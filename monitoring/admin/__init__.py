"""The monitoring pages: importing this package registers them."""

from monitoring.admin import (  # noqa: F401 (registration happens on import)
    alerts,
    anomalies,
    drift,
    notifications,
    performance,
)
