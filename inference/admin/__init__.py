"""The inference pages: importing this package registers them."""

from inference.admin import faults, jobs, replicas, validation  # noqa: F401 (registration happens on import)
