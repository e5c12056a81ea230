"""Management endpoints of versions: list, info, load, activate, deactivate, deploy, roll back."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from modelhub.api.idempotency import idempotent
from modelhub.api.permissions import actor_of, demand
from modelhub.api.schema import PROBLEMS
from modelhub.registry import documentation, lifecycle, presentation, references, serializers
from modelhub.registry.filters import VersionFilter
from modelhub.registry.models import ModelVersion


class _Summaries(BaseSerializer[ModelVersion]):
    """Rows through ``presentation.summary``."""

    def to_representation(self, instance: ModelVersion) -> dict[str, Any]:
        return presentation.summary(instance)


class VersionViewSet(GenericViewSet[ModelVersion]):
    """Versions of all registered models; ``{version}`` is ``LABEL``, ``NAME:LABEL`` or ``NAME@ALIAS``."""

    queryset = ModelVersion.objects.all()
    serializer_class = _Summaries
    filterset_class = VersionFilter
    search_fields: ClassVar = ["label", "model__name", "estimator", "declared_type"]
    ordering_columns: ClassVar = {
        "imported_at": "imported_at",
        "created_at": "trained_at",
        "version": "label",
        "size_bytes": "size_bytes",
    }
    lookup_url_kwarg = "version"
    permissions_needed: ClassVar = {
        "list": "registry.view_modelversion",
        "info": "registry.view_modelversion",
        "load": "registry.load_modelversion",
        "activate": "registry.toggle_modelversion",
        "deactivate": "registry.toggle_modelversion",
        "deploy": "registry.add_deployment",
        "rollback": "registry.rollback_deployment",
    }

    @extend_schema(
        responses={200: serializers.VersionSummary(many=True), **PROBLEMS}, examples=[documentation.SUMMARY]
    )
    def list(self, request: Request) -> Response:
        """All versions of all registered models, newest import first."""
        versions = self.filter_queryset(ModelVersion.objects.with_standing())
        page = self.paginate_queryset(versions)
        return self.get_paginated_response([presentation.summary(version) for version in page or []])

    @extend_schema(responses={200: serializers.VersionDetails, **PROBLEMS}, examples=[documentation.DETAILS])
    @action(detail=True, methods=["get"])
    def info(self, request: Request, version: str) -> Response:
        """Everything known of one version, lineage and history included."""
        return Response(presentation.details(references.find(version)))

    @extend_schema(
        request=serializers.Wish,
        responses={200: serializers.Loaded, **PROBLEMS},
        examples=[documentation.REASON, documentation.LOADED],
    )
    @action(detail=True, methods=["post"])
    def load(self, request: Request, version: str) -> Response:
        """Make the version current in every serving process, without deploying it."""
        outcome = lifecycle.load(references.find(version), actor_of(request), reason=_reason(request))
        found = references.find(outcome.version.reference)
        return Response(
            {
                "version": found.label,
                "status": "loaded",
                "changed": outcome.changed,
                "generation": outcome.generation,
                "model_info": presentation.summary(found),
            }
        )

    @extend_schema(
        request=serializers.Wish,
        responses={200: serializers.Activity, **PROBLEMS},
        examples=[documentation.REASON, documentation.ACTIVITY],
    )
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, version: str) -> Response:
        """Make the version eligible to be loaded and deployed."""
        return _activity(
            lifecycle.activate(references.find(version), actor_of(request), reason=_reason(request))
        )

    @extend_schema(
        request=serializers.Wish,
        responses={200: serializers.Activity, **PROBLEMS},
        examples=[documentation.REASON, documentation.ACTIVITY],
    )
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, version: str) -> Response:
        """Make the version ineligible; refused while it is deployed or loaded."""
        return _activity(
            lifecycle.deactivate(references.find(version), actor_of(request), reason=_reason(request))
        )

    @extend_schema(
        request=serializers.DeployWish,
        responses={200: serializers.Deployed, **PROBLEMS},
        examples=[documentation.REASON, documentation.DEPLOYED],
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def deploy(self, request: Request, version: str) -> Response:
        """Pass the gates, then deploy: the version serves by decision, in one transaction."""
        found, wish = references.find(version), _wish(request, serializers.DeployWish)
        if wish["force"]:
            demand(request, "registry.force_modelversion")
        outcome = lifecycle.deploy(found, actor_of(request), reason=wish["reason"], force=wish["force"])
        return Response(
            _deployment(outcome)
            | {
                "status": "deployed",
                "deployed_at": outcome.deployment.deployed_at if outcome.deployment else None,
                "previous_version": outcome.previous.label if outcome.previous else None,
            }
        )

    @extend_schema(
        request=serializers.Wish,
        responses={200: serializers.RolledBack, **PROBLEMS},
        examples=[documentation.REASON, documentation.ROLLED_BACK],
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def rollback(self, request: Request, version: str) -> Response:
        """Go back to this version, which was deployed before."""
        outcome = lifecycle.rollback(references.find(version), actor_of(request), reason=_reason(request))
        return Response(
            _deployment(outcome)
            | {
                "status": "rolled_back",
                "rolled_back_at": outcome.deployment.deployed_at if outcome.deployment else None,
                "rolled_back_from": outcome.previous.label if outcome.previous else None,
            }
        )


def _reason(request: Request) -> str:
    """The optional reason of an operation."""
    return str(_wish(request, serializers.Wish)["reason"])


def _wish(request: Request, shape: type[serializers.Wish]) -> dict[str, Any]:
    """The body's fields; a body that is not an object or has a wrong field is a ``body_invalid``."""
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _deployment(outcome: lifecycle.Outcome) -> dict[str, Any]:
    return {
        "version": outcome.version.label,
        "model": outcome.version.model.name,
        "changed": outcome.changed,
        "deployment_id": outcome.deployment.pk if outcome.deployment else None,
        "generation": outcome.generation,
    }


def _activity(outcome: lifecycle.Outcome) -> Response:
    return Response(
        {
            "version": outcome.version.label,
            "model": outcome.version.model.name,
            "is_active": outcome.version.is_active,
            "changed": outcome.changed,
        }
    )
