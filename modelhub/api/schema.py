"""How our views describe themselves in the OpenAPI document."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
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


def without_trailing_slash(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Document each address as the contract writes it; both spellings are served."""
    return [(path.rstrip("/"), regex, method, view) for path, regex, method, view in endpoints]


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session cookie of the pages, as a security scheme of the document."""

    target_class = "modelhub.api.authentication.HubAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
