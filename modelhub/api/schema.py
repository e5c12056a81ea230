"""How our views describe themselves in the OpenAPI document.

What holds for every operation is added here and nowhere else: who may, the answers that any call can
get, the request's id, and where they apply the headers for safe repetition and for polling.
"""

from http import HTTPStatus
from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from modelhub.api.pagination import MOST


class FieldProblem(serializers.Serializer[Any]):
    """One fault inside the request or package."""

    pointer = serializers.CharField(help_text="JSON pointer, parameter or file; empty for the whole.")
    detail = serializers.CharField()
    code = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What, which one, and what to do next.")
    instance = serializers.CharField()
    code = serializers.CharField(help_text="Stable word for machines.")
    request_id = serializers.CharField(required=False, help_text="Finds the call in logs and audit trail.")
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]  # a field, not the property


Direction = Literal["request", "response"]
PROBLEM_TYPE = "application/problem+json"
_problem = OpenApiResponse(Problem, description="RFC 9457 problem; `code` is stable.")
PROBLEMS = {(status, PROBLEM_TYPE): _problem for status in (400, 401, 403, 404, 405, 406, 409, 422, 429, 503)}
_EVERYWHERE = (400, 401, 403, 405, 406, 429, 503)
_WITH_BODY = (409, 413, 415, 422)
_RETRIED_LATER = {429, 503}
_IGNORES_UNKNOWN = {"ordering"}  # what it does not know it leaves out

_REQUEST_ID = OpenApiParameter(
    "X-Request-Id",
    str,
    OpenApiParameter.HEADER,
    description="Up to 64 of `A-Z a-z 0-9 . _ -`; comes back in the answer, and is made where missing.",
)
_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    OpenApiParameter.HEADER,
    description=(
        "1 to 255 printable ASCII characters. The request is done once: sent again within 24 hours it gets "
        "the same answer with `Idempotent-Replayed: true`; with another body 422 `idempotency_mismatch`; "
        "while it still runs 409 `idempotency_in_progress`."
    ),
)
_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of an earlier answer; 304 without a body when it still holds.",
)


class HubSchema(AutoSchema):
    """Tags are the first path segment after the prefix; every operation says who may and how it can end."""

    def get_tags(self) -> list[str]:
        """``models``, ``model-management`` …"""
        parts = [part for part in self.path.split("/") if part]
        return parts[2:3]

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        """The handler's docstring and the permission it needs."""
        said: str = super().get_description() or ""
        needed = self._permission()
        return f"{said}\n\nNeeds the permission `{needed}`.".strip() if needed else said

    def get_override_parameters(self) -> list[Any]:
        """The operation's own parameters and the headers that it understands."""
        added = [_REQUEST_ID]
        if self.is_idempotent():
            added.append(_IDEMPOTENCY_KEY)
        if self.is_conditional():
            added.append(_IF_NONE_MATCH)
        return [*super().get_override_parameters(), *added]

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        shown: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if getattr(serializer, "refuses_unknown", False):
            shown["additionalProperties"] = False
        return shown

    def is_idempotent(self) -> bool:
        """True when the handler runs once per ``Idempotency-Key``."""
        return bool(getattr(self._handler(), "is_idempotent", False))

    def is_conditional(self) -> bool:
        """True for reads, which carry an ETag unless they are streamed."""
        return self.method == "GET" and not getattr(self.view, "is_streamed", False)

    def _get_request_body(self, direction: Direction = "request") -> dict[str, Any] | None:
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return body | {"required": True} if body and getattr(self.view, "needs_body", False) else body

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        if direction != "response":
            return responses
        statuses = {*_EVERYWHERE, *(_WITH_BODY if self.method in ("POST", "PUT", "PATCH") else ())}
        if self.is_idempotent():
            statuses |= {409, 422}
        for status in sorted(statuses - {int(known) for known in responses if known.isdigit()}):
            code = str(status)
            responses[code] = self._get_response_for_code(_problem, code, [PROBLEM_TYPE])  # type: ignore[no-untyped-call]
        if self.is_conditional():
            responses["304"] = {"description": "Not changed since the answer with that `ETag`. No body."}
        for status, response in responses.items():
            _add_headers(response, status, self)
        return dict(sorted(responses.items()))

    def _handler(self) -> Any:
        name = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, name, None)

    def _permission(self) -> str:
        needed = getattr(self.view, "permissions_needed", {})
        found = needed.get(getattr(self.view, "action", None)) or needed.get(self.method.lower())
        return str(found or "")


def _add_headers(response: dict[str, Any], status: str, schema: HubSchema) -> None:
    text = {"type": "string"}
    headers = response.setdefault("headers", {})
    headers["X-Request-Id"] = {"schema": text, "description": "The id of this call."}
    if status == str(HTTPStatus.OK) and schema.is_conditional():
        headers["ETag"] = {"schema": text, "description": "For `If-None-Match`."}
    if schema.is_idempotent() and status.startswith("2"):
        headers["Idempotent-Replayed"] = {"schema": text, "description": "`true` on a repeated answer."}
    if status.isdigit() and int(status) in _RETRIED_LATER:
        headers["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds to wait."}


def with_limits(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say of every ``page`` and ``page_size`` what the pagination takes, and of texts that NUL is none."""
    limits: dict[str, dict[str, int]] = {"page": {"minimum": 1}, "page_size": {"minimum": 1, "maximum": MOST}}
    operations = [one for path in result["paths"].values() for one in path.values()]
    for parameter in (one for operation in operations for one in operation.get("parameters", [])):
        if parameter["in"] == "query":
            shown = parameter["schema"]
            shown |= limits.get(parameter["name"], {})
            is_free = not shown.keys() & {"enum", "format", "pattern"}
            if shown.get("type") == "string" and is_free and parameter["name"] not in _IGNORES_UNKNOWN:
                shown["pattern"] = "^[^\\u0000]*$"
    return result


def without_trailing_slash(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Document each address as the contract writes it; both spellings are served."""
    return [(path.rstrip("/"), regex, method, view) for path, regex, method, view in endpoints]


class CredentialSchemes(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How callers are known: a token for programs, the session of the pages for people."""

    target_class = "modelhub.api.authentication.HubAuthentication"
    name = ["bearer", "session"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        """The schemes in the order of ``name``."""
        said = (
            "An API token: `Authorization: Bearer …` (or `Token …`). Made in the admin or by `createtoken`."
        )
        return [
            {"type": "http", "scheme": "bearer", "description": said},
            {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "Signed in to the admin."},
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Either of them is enough."""
        return [{scheme: []} for scheme in self.name]
