"""Endpoints of alerts: the list, closing one, and a test message to a receiver."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub.api.permissions import actor_of
from modelhub.api.schema import PROBLEMS
from modelhub.audit import trail
from modelhub.errors import Code, NotFound
from modelhub.registry.querysets import large_columns
from modelhub.registry.references import searchable
from modelhub.registry.serializers import Wish
from monitoring import alerts, presentation
from monitoring.api.filters import AlertFilter
from monitoring.models import Alert, NotificationChannel
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import DeliveryState
from monitoring.notifications import outbox


class AlertShape(serializers.Serializer[Any]):
    """One condition from its first to its last sighting."""

    alert_id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=AlertKind.choices)
    subject = serializers.CharField(allow_null=True)
    model = serializers.CharField()
    version = serializers.CharField()
    summary = serializers.CharField()
    facts = serializers.DictField()
    state = serializers.ChoiceField(choices=[("open", "open"), ("closed", "closed")])
    sightings = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True)
    close_reason = serializers.CharField(allow_null=True)


class TestedShape(serializers.Serializer[Any]):
    """What came of a test message."""

    success = serializers.BooleanField()
    channel = serializers.CharField()
    delivery_id = serializers.CharField()
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    response_status = serializers.IntegerField(allow_null=True)
    error_message = serializers.CharField(allow_null=True)


class _Rows(serializers.BaseSerializer[Alert]):
    def to_representation(self, instance: Alert) -> dict[str, Any]:
        return presentation.alert(instance)


_EXAMPLE = OpenApiExample(
    "Drift",
    value={
        "alert_id": 4,
        "kind": "drift",
        "subject": None,
        "model": "default",
        "version": "20261122_210422",
        "summary": "3 of 26 features drifted, message_length most.",
        "facts": {"drift_score": 0.31},
        "state": "open",
        "sightings": 2,
        "opened_at": "2026-11-22T21:15:00Z",
        "seen_at": "2026-11-22T21:30:00Z",
        "closed_at": None,
        "closed_by": None,
        "close_reason": None,
    },
    response_only=True,
    status_codes=["200"],
)


_NARROWING = [
    OpenApiParameter("state", enum=["open", "closed"]),
    OpenApiParameter("kind", enum=AlertKind.values),
    OpenApiParameter("model", description="Name of the registered model."),
    OpenApiParameter("search", description="Words of the summary, or of a version's label."),
    OpenApiParameter("page", {"type": "integer", "minimum": 1}),
    OpenApiParameter("page_size", {"type": "integer", "minimum": 1, "maximum": 500}),
]


class AlertList(GenericAPIView[Alert]):
    """What somebody should look at."""

    queryset = Alert.objects.select_related("version__model").defer(*large_columns("version"))
    serializer_class = _Rows
    filterset_class = AlertFilter
    search_fields: ClassVar = ["summary", "version__label"]
    ordering_columns: ClassVar = {"opened_at": "opened_at", "seen_at": "seen_at", "sightings": "sightings"}
    permissions_needed: ClassVar = {"get": "monitoring.view_alert"}

    @extend_schema(
        operation_id="list_alerts",
        parameters=_NARROWING,
        responses={200: AlertShape(many=True), **PROBLEMS},
        examples=[_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Alerts, newest first; open and closed ones."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([presentation.alert(row) for row in page or []])


class AlertClosing(APIView):
    """Closing an alert by hand."""

    permissions_needed: ClassVar = {"post": "monitoring.close_alert"}

    @extend_schema(
        operation_id="close_alert",
        request=Wish,
        parameters=[OpenApiParameter("alert_id", int, "path")],
        responses={200: AlertShape, **PROBLEMS},
        examples=[_EXAMPLE],
    )
    def post(self, request: Request, alert_id: str) -> Response:
        """The alert is closed; again is 200 and unchanged. It opens anew when its condition is seen again."""
        wish = Wish(data=request.data)
        wish.is_valid(raise_exception=True)
        row = Alert.objects.select_related("version__model").filter(pk=int(alert_id)).first()
        if row is None:
            raise NotFound(Code.NOT_FOUND, f"There is no alert {alert_id}. GET /api/v1/alerts lists them.")
        alerts.close(row, actor_of(request), reason=wish.validated_data["reason"])
        return Response(presentation.alert(row))


class ChannelTest(APIView):
    """A test message."""

    permissions_needed: ClassVar = {"post": "monitoring.change_notificationchannel"}

    @extend_schema(
        operation_id="test_notification_channel",
        request=None,
        parameters=[OpenApiParameter("name", str, "path")],
        responses={200: TestedShape, **PROBLEMS},
        examples=[
            OpenApiExample(
                "A receiver that is away",
                value={
                    "success": False,
                    "channel": "ops",
                    "delivery_id": "4b1a3c6e-5c0d-4b8f-9a53-1c3b7d0e9a11",
                    "state": "pending",
                    "attempts": 1,
                    "response_status": 503,
                    "error_message": "It answered 503.",
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Send a test message now; a receiver that does not take it is a 200 with ``success: false``."""
        channel = NotificationChannel.objects.filter(name=searchable(name)).first()
        if channel is None:
            raise NotFound(Code.NOT_FOUND, f"There is no receiver {name[:80]!r}.")
        sent = outbox.deliver_now(outbox.announce_test(channel))
        trail.record(
            "channel.test", f"channel {channel.name}", actor_of(request), after={"state": sent.state}
        )
        return Response({"success": sent.state == DeliveryState.SENT} | presentation.delivered(sent))
