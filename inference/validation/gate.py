"""What the quality checks say against serving a version."""

from modelhub.registry.models import ModelVersion


def problem(version: ModelVersion) -> str:
    """Why the version must not serve, or empty."""
    return ""
