"""The trail's admin: importing this package registers its page."""

from modelhub.audit.admin import entries  # noqa: F401 (registration happens on import)
