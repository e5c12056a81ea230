"""GET /models/current: what serves now, by decision and in each process."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.api.replicashape import REPLICA, ReplicaShape, presented
from inference.models import Replica
from inference.serving import loading
from inference.serving.slots import Slot
from modelhub.api.schema import PROBLEMS
from modelhub.registry.models import Deployment, RegisteredModel


class CurrentShape(serializers.Serializer[Any]):
    """What a registered model serves now."""

    model = serializers.CharField()
    version = serializers.CharField(help_text="What answers now.")
    role = serializers.ChoiceField(
        choices=["deployed", "trial", "fallback"],
        help_text="fallback: answers because what should serve is not loaded (yet).",
    )
    deployed_version = serializers.CharField(allow_null=True, help_text="Serves by decision.")
    loaded_version = serializers.CharField(help_text="The version that the answering process holds.")
    loaded_at = serializers.DateTimeField()
    deployed_at = serializers.DateTimeField(allow_null=True)
    generation = serializers.IntegerField()
    model_type = serializers.CharField()
    feature_set = serializers.CharField(allow_null=True)
    feature_names = serializers.ListField(child=serializers.CharField())
    threshold = serializers.FloatField()
    replicas = ReplicaShape(many=True)


_EXAMPLE = OpenApiExample(
    "One process",
    value={
        "model": "default",
        "version": "20261122_210422",
        "role": "deployed",
        "deployed_version": "20261122_210422",
        "loaded_version": "20261122_210422",
        "loaded_at": "2026-11-22T21:10:02Z",
        "deployed_at": "2026-11-22T21:10:01Z",
        "generation": 1,
        "model_type": "IsolationForest",
        "feature_set": None,
        "feature_names": ["message_length", "word_count"],
        "threshold": 0.52,
        "replicas": [REPLICA],
    },
    response_only=True,
    status_codes=["200"],
)


class CurrentView(APIView):
    """What serves now; 503 ``no_model_loaded`` while nothing does."""

    permissions_needed: ClassVar = {"get": "registry.view_modelversion"}

    @extend_schema(
        operation_id="models_current",
        parameters=[OpenApiParameter("model", OpenApiTypes.STR, description="Registered model.")],
        responses={200: CurrentShape, **PROBLEMS},
        examples=[_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """What the default model serves now, or the one of ``?model=``."""
        slot = loading.for_request(request.query_params.get("model"), None)
        return Response(_current(slot))


def _current(slot: Slot) -> dict[str, Any]:
    version = slot.version
    deployment = (
        Deployment.objects.open().filter(model_id=version.model_id).select_related("version__model").first()
    )
    return {
        "model": version.model.name,
        "version": version.label,
        "role": _role(slot, deployment),
        "deployed_version": deployment.version.label if deployment else None,
        "loaded_version": version.label,
        "loaded_at": slot.loaded_at,
        "deployed_at": deployment.deployed_at if deployment else None,
        "generation": slot.generation,
        "model_type": version.estimator,
        "feature_set": version.feature_set or None,
        "feature_names": version.feature_names,
        "threshold": version.threshold,
        "replicas": [presented(row) for row in _replicas(version.model_id)],
    }


def _role(slot: Slot, deployment: Deployment | None) -> str:
    if slot.fallback_from:
        return "fallback"
    if deployment and deployment.version_id == slot.version.pk:
        return "deployed"
    wanted = RegisteredModel.objects.filter(pk=slot.version.model_id, current_version=slot.version)
    return "trial" if wanted.exists() else "fallback"


def _replicas(model_id: int) -> list[Replica]:
    return list(Replica.objects.filter(model_id=model_id).select_related("version"))
