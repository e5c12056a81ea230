"""GET /serving: for every registered model what should serve, and which processes serve it."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.api.replicashape import REPLICA, ReplicaShape, presented
from inference.serving import convergence
from inference.serving.convergence import Serving
from modelhub.api.schema import PROBLEMS


class ServedModelShape(serializers.Serializer[Any]):
    """One registered model and its serving processes."""

    model = serializers.CharField()
    deployed = serializers.CharField(allow_null=True, help_text="Version that serves by decision.")
    current = serializers.CharField(allow_null=True, help_text="Version that should serve now.")
    fallback_from = serializers.CharField(
        allow_null=True, help_text="Version that failed, where the hub deployed `deployed` in its place."
    )
    generation = serializers.IntegerField(help_text="Grows by one with every change of what serves.")
    converged = serializers.BooleanField(help_text="Every live process serves `current`, and there is one.")
    agreeing = serializers.IntegerField(help_text="Live processes that serve `current`.")
    alive = serializers.IntegerField(help_text="Processes that reported within half a minute.")
    replicas = ReplicaShape(many=True)


class ServingShape(serializers.Serializer[Any]):
    """Who serves what."""

    models = ServedModelShape(many=True)


_EXAMPLE = OpenApiExample(
    "One model in one process",
    value={
        "models": [
            {
                "model": "default",
                "deployed": "20261122_210422",
                "current": "20261122_210422",
                "fallback_from": None,
                "generation": 1,
                "converged": True,
                "agreeing": 1,
                "alive": 1,
                "replicas": [REPLICA],
            }
        ]
    },
    response_only=True,
    status_codes=["200"],
)


class ServingView(APIView):
    """Who serves what, as the processes last reported it."""

    permissions_needed: ClassVar = {"get": "registry.view_modelversion"}

    @extend_schema(
        operation_id="serving",
        parameters=[OpenApiParameter("model", OpenApiTypes.STR, description="Only this registered model.")],
        responses={200: ServingShape, **PROBLEMS},
        examples=[_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """All registered models, or the one of ``?model=``; 404 where there is no such model."""
        return Response({"models": as_json(request.query_params.get("model") or None)})


def as_json(model_name: str | None) -> list[dict[str, Any]]:
    """Every registered model, or the one asked for; raises NotFound (``model_not_found``)."""
    return [_presented(serving) for serving in convergence.standing(model_name)]


def _presented(serving: Serving) -> dict[str, Any]:
    current = serving.model.current_version
    return {
        "model": serving.model.name,
        "deployed": serving.deployed.label if serving.deployed else None,
        "current": current.label if current else None,
        "fallback_from": serving.fallback_from.label if serving.fallback_from else None,
        "generation": serving.model.generation,
        "converged": serving.has_converged,
        "agreeing": serving.agreeing,
        "alive": serving.alive,
        "replicas": [presented(replica) for replica in serving.replicas],
    }
