"""Fixed vocabularies of the inference rows."""

from django.db.models import TextChoices


class JobStatus(TextChoices):
    """Where a scoring job stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
