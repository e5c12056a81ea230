"""Fixed vocabularies of the inference rows."""

from django.db.models import TextChoices


class JobStatus(TextChoices):
    """Where a scoring job stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class FaultKind(TextChoices):
    """How a version failed while it served."""

    EXCEPTIONS = "exceptions", "Exceptions while scoring"
    TIMEOUTS = "timeouts", "Scoring took too long"
    NON_FINITE = "non_finite", "Scores that are no numbers"
    SCHEMA = "schema", "Features that do not fit"
    ALERT_RATE = "alert_rate", "Anomaly rate exploded"
    CRASH = "crash", "A serving process died in it"
    LOAD = "load", "Could not be loaded"
    CORRUPT = "corrupt", "Damaged artefact"
