"""How our views describe themselves in the OpenAPI document."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class Problem(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()


_problem = OpenApiResponse(Problem, description="RFC 9457 problem; `code` is stable.")
PROBLEMS = {(status, "application/problem+json"): _problem for status in (400, 401, 403, 404, 409, 422, 503)}


class HubSchema(AutoSchema):
    """Tags are the first path segment after the prefix."""

    def get_tags(self) -> list[str]:
        parts = [part for part in self.path.split("/") if part]
        return parts[2:3]
