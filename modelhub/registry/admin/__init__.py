"""The registry's admin: importing this package registers every page of it."""

from modelhub.registry.admin import (  # noqa: F401 (registration happens on import)
    deployments,
    history,
    registered_models,
    schedules,
    versions,
)
