"""What we have: registered models, their versions, aliases, deployments and history."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from modelhub.artifacts.labels import NAME
from modelhub.artifacts.types import Role
from modelhub.registry.choices import Operation, Runtime
from modelhub.registry.querysets import DeploymentQuerySet, ModelVersionQuerySet

name_grammar = RegexValidator(
    rf"^{NAME}$",
    "Letters, digits and . _ - + only, starting with a letter or digit, at most 128 characters.",
)


class RegisteredModel(models.Model):
    """A named line of versions for one purpose; what it serves is ``current_version``."""

    name = models.CharField(max_length=128, unique=True, validators=[name_grammar])
    description = models.TextField(blank=True)
    current_version = models.ForeignKey(
        "ModelVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="current_in",
        help_text="The version that serves right now; a trial load may differ from the deployed one.",
    )
    generation = models.PositiveBigIntegerField(
        default=0, help_text="Grows by one with every change of what serves; the order of all history."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "registered model"

    def __str__(self) -> str:
        return self.name


class PresentVersions(models.Manager["ModelVersion"]):
    """All versions but the deleted ones."""

    def get_queryset(self) -> ModelVersionQuerySet:
        """Versions whose files are there."""
        return ModelVersionQuerySet(self.model, using=self._db).filter(deleted_at__isnull=True)

    def with_standing(self) -> ModelVersionQuerySet:
        """As :meth:`ModelVersionQuerySet.with_standing`."""
        return self.get_queryset().with_standing()


class ModelVersion(models.Model):
    """An immutable, content-addressed package in its safe form, with a label unique in its model."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="versions")
    label = models.CharField(max_length=128, validators=[name_grammar])
    digest = models.CharField(max_length=64, help_text="SHA-256 identity of the package's content.")
    is_active = models.BooleanField(default=True, help_text="Eligible to be loaded and deployed.")
    estimator = models.CharField(max_length=64, help_text="Class of the fitted estimator, as measured.")
    scaler = models.CharField(max_length=64, blank=True)
    declared_type = models.CharField(max_length=128, blank=True, help_text="Model type the package claims.")
    runtime = models.CharField(max_length=16, choices=Runtime)
    feature_set = models.CharField(
        max_length=64, blank=True, help_text="Known feature set; empty means feature matrices only."
    )
    feature_names = models.JSONField(default=list)
    n_features = models.PositiveIntegerField()
    threshold = models.FloatField(help_text="In score space, higher is more anomalous.")
    threshold_source = models.CharField(max_length=32, help_text="manifest, metadata, offset …")
    offset = models.FloatField(help_text="scikit-learn's offset_; its own verdict is score > -offset.")
    calibration = models.JSONField(default=dict, help_text="Tail curve for severities, with its kind.")
    training_samples = models.PositiveBigIntegerField(null=True, blank=True)
    trained_at = models.DateTimeField(null=True, blank=True, help_text="As declared by the package.")
    imported_at = models.DateTimeField(default=timezone.now, editable=False)
    metrics = models.JSONField(default=dict, help_text="Declared, not measured; null means not given.")
    metadata = models.JSONField(default=dict, help_text="The package's metadata as it arrived.")
    environment = models.JSONField(default=dict, help_text="Library versions found in the package.")
    pickle_globals = models.JSONField(
        default=list, help_text="Every module.name the package's pickles referred to."
    )
    notes = models.JSONField(default=list, help_text="Warnings of the import: code and detail.")
    size_bytes = models.PositiveBigIntegerField(default=0)
    corrupt_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="A stored file was found damaged or missing then; empty once it is whole again.",
    )
    deleted_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Its files are gone; the row keeps the history readable.",
    )

    # Rows that refer to a deleted version still reach it (Django's base manager); lists do not show it.
    objects = PresentVersions()
    with_deleted = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-imported_at", "-id"]
        verbose_name = "version"
        base_manager_name = "with_deleted"
        constraints = [
            models.UniqueConstraint(
                fields=["model", "label"],
                condition=Q(deleted_at__isnull=True),
                name="version_label_unique_in_model",
            ),
            models.UniqueConstraint(
                fields=["model", "digest"],
                condition=Q(deleted_at__isnull=True),
                name="version_content_unique_in_model",
            ),
        ]
        permissions = [
            ("load_modelversion", "Can load a version for a trial"),
            ("toggle_modelversion", "Can activate and deactivate versions"),
            ("analyze", "Can score logs and feature rows"),
            ("force_modelversion", "Can deploy a version that failed its quality checks"),
            ("export_registry", "Can export and import the registry as a document"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """``NAME:LABEL``, which finds this version again everywhere."""
        return f"{self.model.name}:{self.label}"


class Artifact(models.Model):
    """One blob of a version in the content-addressed store."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="artifacts")
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["version_id", "role"]
        constraints = [models.UniqueConstraint(fields=["version", "role"], name="artifact_role_unique")]

    def __str__(self) -> str:
        return f"{self.role} {self.sha256[:12]}"


class Alias(models.Model):
    """A movable name for a version: ``champion`` and ``previous`` follow deployments."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=64, validators=[name_grammar])
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="aliases")

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "aliases"
        constraints = [models.UniqueConstraint(fields=["model", "name"], name="alias_unique_in_model")]

    def __str__(self) -> str:
        return f"{self.model.name}@{self.name}"


class Deployment(models.Model):
    """One period in which a version served by decision; the open one has no ``ended_at``."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="deployments")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="deployments")
    previous = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    operation = models.CharField(
        max_length=16, choices=[(o.value, o.label) for o in (Operation.DEPLOY, Operation.ROLLBACK)]
    )
    fallback_from = models.ForeignKey(
        ModelVersion,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The version in whose place the hub deployed this one by itself, because that one failed.",
    )
    forced = models.BooleanField(
        default=False, help_text="Deployed by force: its validation report was not asked."
    )
    reason = models.TextField(blank=True)
    actor = models.CharField(max_length=150)
    channel = models.CharField(max_length=16)
    generation = models.PositiveBigIntegerField()
    deployed_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            # The truth of "exactly one deployed version"; the lock in lifecycle is only smoothness.
            models.UniqueConstraint(
                fields=["model"], condition=Q(ended_at__isnull=True), name="one_open_deployment_per_model"
            ),
            models.UniqueConstraint(fields=["model", "generation"], name="deployment_generation_unique"),
        ]
        permissions = [("rollback_deployment", "Can roll back to an earlier version")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.version}"

    @property
    def is_open(self) -> bool:
        """True while this deployment is the one in force."""
        return self.ended_at is None


class LifecycleEvent(models.Model):
    """One operation on a version: who, when, why, what stood before and after. Append-only."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="events")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="events")
    operation = models.CharField(max_length=16, choices=Operation)
    actor = models.CharField(max_length=150)
    channel = models.CharField(max_length=16)
    reason = models.TextField(blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    generation = models.PositiveBigIntegerField(help_text="Generation of the model after the operation.")
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = "history entry"
        verbose_name_plural = "history"

    def __str__(self) -> str:
        return f"{self.operation} {self.version}"
