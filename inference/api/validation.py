"""Validating versions: run the checks, compare features, read the report."""

from typing import Any, ClassVar

from django.template.loader import render_to_string
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer, StaticHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.api import validation_shapes as shapes
from inference.api.validation_page import page
from inference.validation import compatibility, document, operation, presentation, resolving
from inference.validation.subject import Matrix
from modelhub.api.formats import ByFormat, FormatQuery
from modelhub.api.parameters import parameters
from modelhub.api.permissions import actor_of
from modelhub.api.schema import PROBLEMS
from modelhub.errors import Code, FieldError, InputInvalid
from modelhub.registry import references
from modelhub.registry.models import ModelVersion

_MOST_NAMES, _LONGEST_NAME = 10_000, 256


class Validate(APIView):
    """Run all quality checks on a version."""

    permissions_needed: ClassVar = {"post": "inference.validate_version"}

    @extend_schema(
        operation_id="validate_version",
        request=shapes.ValidateWish,
        responses={200: shapes.ModelValidationResult, **PROBLEMS},
        examples=[shapes.ROWS, shapes.RESULT],
    )
    def post(self, request: Request, version: str) -> Response:
        """Run all quality checks and keep the report; a version that fails is a 200, `is_valid: false`."""
        found = references.find(version)
        rows = _reference_rows(request.data, found)
        return Response(
            presentation.result(operation.validate(found, actor_of(request), reference_rows=rows))
        )


class ValidateCompatibility(APIView):
    """Compare the features a caller can offer with those a version needs."""

    permissions_needed: ClassVar = {"post": "registry.view_modelversion"}
    needs_body = True

    @extend_schema(
        operation_id="validate_compatibility",
        request=shapes.OFFERED,
        responses={200: shapes.ModelCompatibilityResult, **PROBLEMS},
        examples=[shapes.NAMES, shapes.COMPATIBILITY],
    )
    def post(self, request: Request, version: str) -> Response:
        """Compatible where every feature that the version needs is offered; extra ones do no harm."""
        found = references.find(version)
        compared = compatibility.compare(found.feature_names, _names(request.data))
        return Response(presentation.compatible(compared, model=found.model.name, version=found.label))


class ValidationReportView(APIView):
    """Read the full report on a version."""

    permissions_needed: ClassVar = {"get": "registry.view_modelversion"}
    renderer_classes = [JSONRenderer, StaticHTMLRenderer]
    content_negotiation_class = ByFormat

    @extend_schema(
        operation_id="validation_report",
        parameters=[FormatQuery],
        responses={
            (200, "application/json"): shapes.ModelValidationReport,
            (200, "text/html"): OpenApiTypes.STR,
            **PROBLEMS,
        },
        examples=[shapes.REPORT],
    )
    def get(self, request: Request, version: str) -> Response:
        """The newest report; where there is none the checks run for this answer and nothing is kept.

        `?format=html` gives one page without outside files, made to be printed.
        """
        wished = parameters(FormatQuery, request)["format"]
        found = references.find(version)
        report = document.of_version(found)
        if wished == "html":
            return Response(render_to_string("reports/validation.html", page(found, report)))
        return Response(report)


def _reference_rows(body: Any, version: ModelVersion) -> Matrix | None:
    if body in (None, "") or body == {}:
        return None
    if not isinstance(body, dict):
        raise _invalid("", 'The body must be an object: {"reference_data": [[…]]}, or empty.')
    unknown = sorted(set(body) - {"reference_data"})
    if unknown:
        raise _invalid(
            f"/{unknown[0][:80]}", f"Unknown field {unknown[0][:80]!r}; only reference_data is known."
        )
    return resolving.rows_for_version(version, body["reference_data"])


def _names(body: Any) -> list[str]:
    at = ""
    if isinstance(body, dict):
        if set(body) != {"target_features"}:
            raise _invalid("", 'The body must be a list of names, or {"target_features": [names]}.')
        body, at = body["target_features"], "/target_features"
    if not isinstance(body, list) or len(body) > _MOST_NAMES:
        raise _invalid(at, f"It must be a list of at most {_MOST_NAMES:,} feature names.")
    for place, name in enumerate(body):
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            raise _invalid(
                f"{at}/{place}", f"Entry {place} is not a name of 1 to {_LONGEST_NAME} characters."
            )
    return body


def _invalid(pointer: str, said: str) -> InputInvalid:
    return InputInvalid(Code.BODY_INVALID, said, errors=(FieldError(pointer, said, str(Code.BODY_INVALID)),))
