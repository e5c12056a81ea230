"""Fixed vocabularies of the transfers' rows."""

from django.db.models import TextChoices


class SourceKind(TextChoices):
    """How packages are reached; each kind is one file under ``sources/``."""

    DIRECTORY = "directory", "Directory"
    SERVICE = "service", "Training service (HTTP)"
    MLFLOW = "mlflow", "MLflow registry"


class TransferStatus(TextChoices):
    """The result of one attempt to import."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    IMPORTED = "imported", "Imported"
    UNCHANGED = "unchanged", "Already imported"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"
    INTERRUPTED = "interrupted", "Interrupted"
    CANCELLED = "cancelled", "Cancelled"


class TransferKind(TextChoices):
    """What an attempt takes its package from."""

    PACKAGE = "package", "Package of a source"
    UPLOAD = "upload", "Upload"
    LOCAL = "local", "Folder or zip on this machine"
    LATEST = "latest", "Newest package of the sources"
