"""The trail: who did what, when, from where, with what result; each entry seals the one before it."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


def _refuse() -> NoReturn:
    raise TypeError("the audit trail is append-only; modelhub.audit.trail.record adds to it")


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Entries are written once by :mod:`modelhub.audit.trail` and never touched again."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused: the trail is append-only."""
        _refuse()

    def delete(self) -> NoReturn:
        """Refused: the trail is append-only."""
        _refuse()

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: an entry that is not sealed to the last one would break the chain."""
        _refuse()

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: the trail is append-only."""
        _refuse()

    def about(self, topic: str) -> AuditQuerySet:
        """Entries of one action (``version.deploy``), or of all actions of a topic (``version``)."""
        return self.filter(models.Q(action=topic) | models.Q(action__startswith=f"{topic}."))


class AuditEntry(models.Model):
    """One operation or refusal. ``hash`` is SHA-256 over this entry and ``previous_hash``."""

    sequence = models.PositiveBigIntegerField(unique=True, help_text="1, 2, 3 … without a gap.")
    happened_at = models.DateTimeField()
    action = models.CharField(max_length=64, help_text="Topic and verb: version.deploy.")
    outcome = models.CharField(max_length=16, help_text="done, refused, failed or denied.")
    target = models.CharField(max_length=300, blank=True, help_text="What it was done to.")
    actor = models.CharField(max_length=150)
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=64, blank=True, help_text="From where.")
    request_id = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    detail = models.TextField(blank=True, help_text="Why it was refused or failed.")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-sequence"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        # Each filter of the list and the API, newest first; plain indexes, since PostgreSQL would add a
        # second one for patterns to a field's own.
        indexes = [
            models.Index(fields=["action", "-sequence"], name="audit_by_action"),
            models.Index(fields=["actor", "-sequence"], name="audit_by_actor"),
            models.Index(fields=["target", "-sequence"], name="audit_by_target"),
            models.Index(fields=["outcome", "-sequence"], name="audit_by_outcome"),
            models.Index(fields=["request_id"], name="audit_by_request"),
            models.Index(fields=["happened_at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"#{self.sequence} {self.action} {self.target}".rstrip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The new entry is stored; TypeError for one that already is."""
        if not self._state.adding:
            _refuse()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: the trail is append-only."""
        _refuse()


class AuditHead(models.Model):
    """The end of the chain, locked while an entry is added; there is one row."""

    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"#{self.sequence}"


class AuditCheck(models.Model):
    """One walk over the whole trail: how far it went, what it found, the head for later walks."""

    checked_at = models.DateTimeField()
    entries = models.PositiveBigIntegerField(help_text="Entries that were found whole, from the first on.")
    head = models.CharField(max_length=64, help_text="Hash of the last of them.")
    fault = models.CharField(max_length=16, blank=True, help_text="missing, altered, broken or head.")
    fault_sequence = models.PositiveBigIntegerField(null=True, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.entries} entries: {self.fault or 'whole'}"
