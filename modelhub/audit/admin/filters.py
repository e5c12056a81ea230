"""Narrowing the trail: who, what kind of thing, how long ago."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from modelhub.audit.models import AuditEntry
from modelhub.printing import printable

_MOST = 50
_SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}


class ActorFilter(admin.SimpleListFilter):
    """Entries of one actor."""

    title = "actor"
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = AuditEntry.objects.order_by("actor").values_list("actor", flat=True).distinct()[:_MOST]
        return [(name, printable(name)) for name in names]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(actor=self.value()) if self.value() else queryset


class ActionFilter(admin.SimpleListFilter):
    """Entries of one action."""

    title = "action"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct()[:_MOST]
        return [(name, name.replace(".", ": ", 1).replace("_", " ")) for name in names]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.about(self.value()) if self.value() else queryset


class RecentFilter(admin.SimpleListFilter):
    """Entries of the last hour, day or week."""

    title = "time"
    parameter_name = "within"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("hour", "Last hour"), ("day", "Last 24 hours"), ("week", "Last 7 days")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        span = _SPANS.get(self.value() or "")
        return queryset.filter(happened_at__gte=timezone.now() - span) if span else queryset


class _FewValues(admin.SimpleListFilter):
    """One of a fixed vocabulary."""

    words: tuple[str, ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word, word) for word in self.words]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class OutcomeFilter(_FewValues):
    """How it ended."""

    title = "outcome"
    parameter_name = "outcome"
    words = ("done", "refused", "failed", "denied")


class ChannelFilter(_FewValues):
    """The door it came through."""

    title = "door"
    parameter_name = "channel"
    words = ("api", "admin", "command", "schedule")
