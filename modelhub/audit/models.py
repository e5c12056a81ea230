"""The trail: who did what, when, from where, with what result; each entry seals the one before it."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Entries are written once by :mod:`modelhub.audit.trail` and never touched again."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused: the trail is append-only."""
        raise TypeError("the audit trail is append-only")

    def delete(self) -> NoReturn:
        """Refused: the trail is append-only."""
        raise TypeError("the audit trail is append-only")


class AuditEntry(models.Model):
    """One operation or refusal. ``hash`` is SHA-256 over this entry and ``previous_hash``."""

    sequence = models.PositiveBigIntegerField(unique=True, help_text="1, 2, 3 … without a gap.")
    happened_at = models.DateTimeField()
    action = models.CharField(max_length=64, db_index=True, help_text="Topic and verb: version.deploy.")
    outcome = models.CharField(max_length=16, help_text="done, refused, failed or denied.")
    target = models.CharField(max_length=300, blank=True, db_index=True, help_text="What it was done to.")
    actor = models.CharField(max_length=150, db_index=True)
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=64, blank=True, help_text="From where.")
    request_id = models.CharField(max_length=64, blank=True, db_index=True)
    reason = models.TextField(blank=True)
    detail = models.TextField(blank=True, help_text="Why it was refused or failed.")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-sequence"]
        verbose_name_plural = "audit trail"

    def __str__(self) -> str:
        return f"#{self.sequence} {self.action} {self.target}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: the trail is append-only."""
        raise TypeError("the audit trail is append-only")


class AuditHead(models.Model):
    """The end of the chain, locked while an entry is added; there is one row."""

    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"#{self.sequence}"
