"""How models arrive: training sources and every attempt to import from them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from modelhub.registry.models import ModelVersion, RegisteredModel
from modelhub.transfers.choices import SourceKind, TransferKind, TransferStatus

# Code of the note on an import that restored damaged blobs of the version it leads to.
REPAIRED = "repaired"


class TrainingSource(models.Model):
    """A place where a training service leaves packages."""

    name = models.SlugField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=SourceKind, default=SourceKind.DIRECTORY)
    location = models.CharField(
        max_length=1024, help_text="A directory's absolute path, or the address of a service or registry."
    )
    is_enabled = models.BooleanField(default=True)
    auto_import = models.BooleanField(
        default=False, help_text="Import what is new by itself after each scan. Nothing is ever deployed."
    )
    may_deploy = models.BooleanField(
        default=True,
        help_text="Training service only: ask it to build the deployment package where there is none yet.",
    )
    credential_variable = models.CharField(
        max_length=64,
        blank=True,
        help_text="Name of the environment variable with the credential, MODELHUB_SECRET_….",
    )
    model = models.ForeignKey(
        RegisteredModel,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text="Registered model that imports go to; empty means the default model.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    scanned_at = models.DateTimeField(null=True, blank=True, editable=False)
    scan_summary = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Counts and problem of the last scan."
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "training source"

    def __str__(self) -> str:
        return self.name


class Transfer(models.Model):
    """One attempt to import a package, kept whatever came of it.

    A queued one is a job as well: committed before a worker is told, taken up by one worker at a time,
    queued again where that worker died. ``attempts`` counts the workers and tells the present one apart.
    """

    kind = models.CharField(max_length=16, choices=TransferKind, default=TransferKind.PACKAGE)
    source = models.ForeignKey(
        TrainingSource, null=True, blank=True, on_delete=models.SET_NULL, related_name="transfers"
    )
    origin = models.CharField(max_length=1024, help_text="Path in the source, or the uploaded file's name.")
    version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="transfers"
    )
    label = models.CharField(max_length=128, blank=True, help_text="Version label the package asked for.")
    digest = models.CharField(max_length=64, blank=True)
    model_name = models.CharField(max_length=128, blank=True, help_text="Registered model it is meant for.")
    wants_validation = models.BooleanField(default=True, help_text="Quality checks follow the import.")
    lineage = models.JSONField(default=dict, help_text="What the source knows of the package's origin.")
    status = models.CharField(max_length=16, choices=TransferStatus, default=TransferStatus.RUNNING)
    step = models.CharField(max_length=32, blank=True, help_text="Step reached.")
    code = models.CharField(max_length=64, blank=True, help_text="Stable code of a refusal or failure.")
    detail = models.TextField(blank=True)
    notes = models.JSONField(default=list, help_text="Warnings: code and detail.")
    actor = models.CharField(max_length=150)
    channel = models.CharField(max_length=16)
    owner = models.CharField(
        max_length=32, blank=True, editable=False, help_text="Staging folder that the import runs in."
    )
    upload = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="File that keeps a queued upload until it is done.",
    )
    request_id = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Request, command or task that asked for it."
    )
    queued_at = models.DateTimeField(null=True, blank=True, help_text="Set for imports done by a worker.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the worker was last told.")
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="Last sign of life of the worker.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Workers that took it up.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    duration_s = models.FloatField(null=True, blank=True, help_text="Seconds, monotonic clock.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["status", "-id"], name="transfer_status_idx"),
            models.Index(fields=["digest"], name="transfer_digest_idx"),  # discovery asks by content
            models.Index(fields=["finished_at"], name="transfer_finished_idx"),  # clean-up by age
        ]
        permissions = [
            ("import_package", "Can import packages"),
            ("cleanup_transfers", "Can clear old transfers"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.origin}"

    @property
    def is_open(self) -> bool:
        """True while it waits or runs."""
        return self.status in (TransferStatus.QUEUED, TransferStatus.RUNNING)

    @property
    def is_repair(self) -> bool:
        """True where a version that existed had its damaged blobs restored."""
        return any(note.get("code") == REPAIRED for note in self.notes)
