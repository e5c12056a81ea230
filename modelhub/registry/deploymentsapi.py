"""Deployments over HTTP: the list of them all, and what was in force at a given time."""

from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub import conf
from modelhub.api.moments import MomentField
from modelhub.api.pagination import Pages
from modelhub.api.parameters import WholeText, parameters
from modelhub.api.schema import PROBLEMS
from modelhub.registry import references
from modelhub.registry.models import Deployment
from modelhub.registry.querysets import large_columns


class DeploymentQuery(serializers.Serializer[Any]):
    """What narrows the list of deployments."""

    model = WholeText(required=False, max_length=128, help_text="Name of a registered model.")
    version = WholeText(required=False, max_length=128, help_text="Label of a version.")
    operation = serializers.ChoiceField(required=False, choices=["deploy", "rollback"])
    deployed_by = WholeText(required=False, max_length=150, help_text="The exact name.")
    state = serializers.ChoiceField(required=False, choices=["in_force", "ended"])
    since = MomentField(required=False, help_text="Deployed at or after.")
    until = MomentField(required=False, help_text="Deployed before.")


class AtQuery(serializers.Serializer[Any]):
    """The question: which model, at what time."""

    time = MomentField(required=False, help_text="ISO 8601, UTC without an offset; now when left out.")
    model = serializers.CharField(
        required=False, max_length=128, help_text="Registered model; the default one when left out."
    )


class DeploymentShape(serializers.Serializer[Any]):
    """One period in which a version served by decision."""

    deployment_id = serializers.IntegerField()
    model = serializers.CharField()
    version = serializers.CharField()
    operation = serializers.ChoiceField(choices=["deploy", "rollback"])
    deployed_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Null while it is in force.")
    deployed_by = serializers.CharField()
    channel = serializers.CharField(help_text="api, admin, command, schedule or serving.")
    reason = serializers.CharField()
    previous_version = serializers.CharField(allow_null=True)
    fallback_from = serializers.CharField(
        allow_null=True, help_text="The version that failed, where the hub deployed this one by itself."
    )
    generation = serializers.IntegerField(help_text="Order of all changes of a model, whatever clocks say.")


class DeploymentPage(serializers.Serializer[Any]):
    """A page of deployments, newest first."""

    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = DeploymentShape(many=True)


class DeployedAt(serializers.Serializer[Any]):
    """What served by decision at that time."""

    time = serializers.DateTimeField()
    model = serializers.CharField()
    deployment = DeploymentShape(allow_null=True)
    explanation = serializers.CharField(help_text="The answer as a sentence.")


_ROW = {
    "deployment_id": 3,
    "model": "default",
    "version": "1.0.0",
    "operation": "deploy",
    "deployed_at": "2026-11-20T09:30:00Z",
    "ended_at": None,
    "deployed_by": "maria",
    "channel": "api",
    "reason": "fewer false alarms",
    "previous_version": None,
    "fallback_from": None,
    "generation": 3,
}


class DeploymentList(APIView):
    """All deployments of all registered models."""

    permissions_needed: ClassVar = {"get": "registry.view_deployment"}

    @extend_schema(
        operation_id="list_deployments",
        parameters=[
            DeploymentQuery,
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int, description="At most 500."),
        ],
        responses={200: DeploymentPage, **PROBLEMS},
        examples=[
            OpenApiExample(
                "One deployment",
                value={"count": 1, "next": None, "previous": None, "results": [_ROW]},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Newest first: what served when, by whose decision and why."""
        pages = Pages()
        rows = pages.paginate_queryset(_selected(parameters(DeploymentQuery, request)), request)
        return pages.get_paginated_response([_row(deployment) for deployment in rows or []])


class DeploymentAt(APIView):
    """Which version was deployed at a time."""

    permissions_needed: ClassVar = {"get": "registry.view_deployment"}

    @extend_schema(
        operation_id="deployment_at",
        parameters=[AtQuery],
        responses={200: DeployedAt, **PROBLEMS},
        examples=[
            OpenApiExample(
                "In force",
                value={
                    "time": "2026-11-21T00:00:00Z",
                    "model": "default",
                    "deployment": _ROW,
                    "explanation": "default:1.0.0 was deployed at that time, by maria.",
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """The deployment that was in force then, or null with the reason; trial loads do not count."""
        query = parameters(AtQuery, request)
        moment = query.get("time") or timezone.now()
        model = references.find_model(query.get("model") or conf.default_model())
        found = _deployments().filter(model=model).in_force_at(moment).first()
        return Response(
            {
                "time": moment,
                "model": model.name,
                "deployment": _row(found) if found else None,
                "explanation": _explanation(model.name, found, moment),
            }
        )


def _deployments() -> Any:
    rows = Deployment.objects.select_related("version__model", "previous", "fallback_from", "model")
    return rows.defer(*large_columns("version", "previous", "fallback_from"))


def _selected(query: dict[str, Any]) -> QuerySet[Deployment]:
    columns = {
        "model": "model__name",
        "version": "version__label",
        "operation": "operation",
        "deployed_by": "actor",
        "since": "deployed_at__gte",
        "until": "deployed_at__lt",
    }
    wished = {columns[name]: value for name, value in query.items() if name in columns}
    if "state" in query:
        wished["ended_at__isnull"] = query["state"] == "in_force"
    rows: QuerySet[Deployment] = _deployments().filter(**wished).order_by("-id")
    return rows


def _row(deployment: Deployment) -> dict[str, Any]:
    return {
        "deployment_id": deployment.pk,
        "model": deployment.model.name,
        "version": deployment.version.label,
        "operation": deployment.operation,
        "deployed_at": deployment.deployed_at,
        "ended_at": deployment.ended_at,
        "deployed_by": deployment.actor,
        "channel": deployment.channel,
        "reason": deployment.reason,
        "previous_version": deployment.previous.label if deployment.previous else None,
        "fallback_from": deployment.fallback_from.label if deployment.fallback_from else None,
        "generation": deployment.generation,
    }


def _explanation(model: str, found: Deployment | None, moment: datetime) -> str:
    if moment > timezone.now():
        now = f"Now {found.version.reference} is deployed." if found else f"Now {model} has no deployment."
        return f"That time has not come yet. {now}"
    if found:
        return f"{found.version.reference} was deployed at that time, by {found.actor}."
    first = Deployment.objects.filter(model__name=model).order_by("generation").first()
    if first is None:
        return f"Nothing was ever deployed for {model}."
    return f"Nothing was deployed for {model} at that time; its first deployment followed later."
