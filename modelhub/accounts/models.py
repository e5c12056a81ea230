"""API tokens: knox's, with a name, an end and the time of their last use."""

from django.db import models
from knox.models import AbstractAuthToken


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """A credential of one user for programs; only its digest is kept."""

    name = models.CharField(max_length=100, help_text="What it is for.")
    created_by = models.CharField(max_length=150, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created"]
        verbose_name = "API token"
        constraints = [models.UniqueConstraint(fields=["token_key"], name="api_token_key_unique")]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"
