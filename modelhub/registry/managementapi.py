"""Management rows of versions, deleting one, and the aliases that people set."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub.api.parameters import parameters
from modelhub.api.permissions import actor_of
from modelhub.api.schema import PROBLEMS
from modelhub.artifacts.labels import NAME
from modelhub.registry import aliases, documentation, presentation, references, removal, serializers
from modelhub.registry.aliases import Renaming
from modelhub.registry.api import VersionViewSet
from modelhub.registry.models import ModelVersion


class ManagedVersionViewSet(VersionViewSet):
    """Versions with what else is known of them: deployment, validation, drift, traffic, agents."""

    @extend_schema(
        operation_id="list_managed_models",
        responses={200: serializers.ManagedVersion(many=True), **PROBLEMS},
        examples=[documentation.MANAGED],
    )
    def list(self, request: Request) -> Response:
        """As ``GET /models``, with deployment, last validation, last drift check and inference totals."""
        versions = self.filter_queryset(ModelVersion.objects.with_standing().with_open_deployment())
        page = self.paginate_queryset(versions)
        return self.get_paginated_response(presentation.managed(page or []))


class VersionRemoval(APIView):
    """Deleting a version."""

    permissions_needed: ClassVar = {"delete": "registry.delete_modelversion"}

    @extend_schema(
        operation_id="delete_model",
        parameters=[serializers.ReasonQuery],
        responses={200: serializers.Deleted, **PROBLEMS},
        examples=[documentation.DELETED, documentation.IN_USE],
    )
    def delete(self, request: Request, version: str) -> Response:
        """Take the version out of the registry; its history stays, its files go with the daily sweep.

        409 ``version_in_use`` while it is deployed, loaded, held by an alias or used by a running job.
        """
        reason = parameters(serializers.ReasonQuery, request)["reason"]
        removed = removal.delete(references.find(version), actor_of(request), reason=reason)
        return Response(presentation.removed(removed))


_ALIAS = OpenApiParameter("name", {"type": "string", "pattern": f"^{NAME}$", "maxLength": 64}, "path")


class VersionAlias(APIView):
    """One alias of a version."""

    permissions_needed: ClassVar = {
        "put": "registry.add_deployment",
        "delete": "registry.add_deployment",
    }

    @extend_schema(
        operation_id="set_model_alias",
        request=serializers.Wish,
        parameters=[_ALIAS],
        responses={200: serializers.Aliased, **PROBLEMS},
        examples=[documentation.ALIASED],
    )
    def put(self, request: Request, version: str, name: str) -> Response:
        """Let ``MODEL@name`` mean this version; an alias of another version moves. Idempotent."""
        found = references.find(version)
        body = serializers.Wish(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return _renamed(aliases.set_alias(found, name, actor_of(request), reason=reason))

    @extend_schema(
        operation_id="remove_model_alias",
        parameters=[_ALIAS, serializers.ReasonQuery],
        responses={200: serializers.Aliased, **PROBLEMS},
        examples=[documentation.UNALIASED],
    )
    def delete(self, request: Request, version: str, name: str) -> Response:
        """Take the alias away; 404 where the version does not have it."""
        reason = parameters(serializers.ReasonQuery, request)["reason"]
        found = references.find(version)
        return _renamed(aliases.remove_alias(found, name, actor_of(request), reason=reason))


def _renamed(outcome: Renaming) -> Response:
    found = references.find(outcome.version.reference)
    answer: dict[str, Any] = {
        "version": found.label,
        "model": found.model.name,
        "alias": outcome.name,
        "changed": outcome.changed,
        "moved_from": outcome.moved_from.label if outcome.moved_from else None,
        "aliases": sorted(alias.name for alias in found.aliases.all()),
    }
    return Response(answer)
