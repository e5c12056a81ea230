"""The audit trail over HTTP: newest first, by cursor, narrowed by who, what, how and when."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub.api.moments import MomentField
from modelhub.api.pagination import Newest
from modelhub.api.parameters import WholeText, parameters
from modelhub.api.schema import PROBLEMS
from modelhub.audit.models import AuditEntry, AuditQuerySet
from modelhub.audit.trail import Outcome

_OUTCOMES = [outcome.value for outcome in Outcome]


class AuditQuery(serializers.Serializer[Any]):
    """What narrows the trail; nothing given means everything."""

    action = serializers.CharField(
        required=False, max_length=64, help_text="version.deploy, or a whole topic: version."
    )
    actor = WholeText(required=False, max_length=150, help_text="The exact name.")
    target = WholeText(required=False, max_length=300, help_text="The exact target.")
    outcome = serializers.ChoiceField(required=False, choices=_OUTCOMES, help_text="How it ended.")
    request_id = WholeText(required=False, max_length=64, help_text="One request's entries.")
    since = MomentField(required=False, help_text="Happened at or after.")
    until = MomentField(required=False, help_text="Happened before.")


class AuditShape(serializers.Serializer[Any]):
    """One entry, sealed to the one before it."""

    sequence = serializers.IntegerField(help_text="1, 2, 3 … without a gap.")
    happened_at = serializers.DateTimeField()
    action = serializers.CharField()
    outcome = serializers.ChoiceField(choices=_OUTCOMES)
    target = serializers.CharField()
    actor = serializers.CharField()
    channel = serializers.CharField(help_text="api, admin, command or schedule.")
    address = serializers.CharField(help_text="From where; empty when not known.")
    request_id = serializers.CharField()
    reason = serializers.CharField(help_text="Why, in the actor's words.")
    detail = serializers.CharField(help_text="Why it was refused or failed.")
    before = serializers.DictField()
    after = serializers.DictField()
    previous_hash = serializers.CharField()
    hash = serializers.CharField()


class AuditPage(serializers.Serializer[Any]):
    """A page of the trail; ``next`` leads to older entries."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = AuditShape(many=True)


_EXAMPLE = OpenApiExample(
    "A deployment",
    value={
        "next": None,
        "previous": None,
        "results": [
            {
                "sequence": 1,
                "happened_at": "2026-11-20T09:30:00.123456Z",
                "action": "version.deploy",
                "outcome": "done",
                "target": "default:1.0.0",
                "actor": "maria",
                "channel": "api",
                "address": "192.0.2.7",
                "request_id": "5f0c6f0f6a7b4a0e9d2f7d1b0c9e8a7f",
                "reason": "fewer false alarms",
                "detail": "",
                "before": {"deployed": None, "current": None},
                "after": {"deployed": "default:1.0.0", "current": "default:1.0.0", "generation": 1},
                "previous_hash": "0" * 64,
                "hash": "9d5ed678fe57bcca610140957afab571" * 2,
            }
        ],
    },
    response_only=True,
    status_codes=["200"],
)


class AuditTrail(APIView):
    """Who did what, when, from where, with what result."""

    permissions_needed: ClassVar = {"get": "audit.view_auditentry"}
    cursor_ordering = "-sequence"

    @extend_schema(
        operation_id="list_audit_entries",
        parameters=[
            AuditQuery,
            OpenApiParameter("cursor", str, description="From `next` or `previous` of another page."),
            OpenApiParameter("page_size", int, description="At most 500."),
        ],
        responses={200: AuditPage, **PROBLEMS},
        examples=[_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Newest first; every operation and refusal over API, admin, commands and schedules."""
        pages = Newest()
        entries = _selected(parameters(AuditQuery, request))
        found = pages.paginate_queryset(entries, request, view=self)
        return pages.get_paginated_response(AuditShape(found, many=True).data)


def _selected(query: dict[str, Any]) -> AuditQuerySet:
    entries = AuditEntry.objects.all()
    if "action" in query:
        entries = entries.about(query["action"])
    exact: dict[str, Any] = {
        name: query[name] for name in ("actor", "target", "outcome", "request_id") if name in query
    }
    if "since" in query:
        exact["happened_at__gte"] = query["since"]
    if "until" in query:
        exact["happened_at__lt"] = query["until"]
    return entries.filter(**exact)
