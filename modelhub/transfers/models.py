"""How models arrive: training sources and every attempt to import from them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from modelhub.registry.models import ModelVersion, RegisteredModel
from modelhub.transfers.choices import SourceKind, TransferStatus

# Code of the note on an import that restored damaged blobs of the version it leads to.
REPAIRED = "repaired"


class TrainingSource(models.Model):
    """A place where a training service leaves packages."""

    name = models.SlugField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=SourceKind, default=SourceKind.DIRECTORY)
    location = models.CharField(max_length=1024, help_text="For a directory: its absolute path.")
    is_enabled = models.BooleanField(default=True)
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
    """One attempt to import a package, kept whatever came of it."""

    source = models.ForeignKey(
        TrainingSource, null=True, blank=True, on_delete=models.SET_NULL, related_name="transfers"
    )
    origin = models.CharField(max_length=1024, help_text="Path in the source, or the uploaded file's name.")
    version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="transfers"
    )
    label = models.CharField(max_length=128, blank=True, help_text="Version label the package asked for.")
    digest = models.CharField(max_length=64, blank=True)
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
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    duration_s = models.FloatField(null=True, blank=True, help_text="Seconds, monotonic clock.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["status", "-id"], name="transfer_status_idx")]
        permissions = [("import_package", "Can import packages")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.origin}"

    @property
    def is_repair(self) -> bool:
        """True where a version that existed had its damaged blobs restored."""
        return any(note.get("code") == REPAIRED for note in self.notes)
