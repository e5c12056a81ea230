"""Every failure is one problem object; codes map to the documented statuses."""

import pytest
from django.core.exceptions import DisallowedHost
from django.db import OperationalError
from django.test import Client, RequestFactory
from rest_framework import exceptions as drf

from modelhub.api import problems
from modelhub.errors import Code, FieldError, InputInvalid, PackageRefused


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (Code.JSON_INVALID, 400),
        (Code.NOT_AUTHENTICATED, 401),
        (Code.PERMISSION_DENIED, 403),
        (Code.VERSION_NOT_FOUND, 404),
        (Code.DEPLOYMENT_CONFLICT, 409),
        (Code.UPLOAD_TOO_LARGE, 413),
        (Code.UNSUPPORTED_MEDIA, 415),
        (Code.UNSAFE_TYPE, 422),
        (Code.NO_MODEL_LOADED, 503),
        (Code.STORAGE_FULL, 507),
    ],
)
def test_codes_have_the_documented_status(code: Code, status: int) -> None:
    assert problems.status_of(code) == status


def test_a_problem_has_the_fields_of_the_standard_and_a_code() -> None:
    error = InputInvalid(Code.BODY_INVALID, "No.", errors=(FieldError("/0", "Bad.", "wrong"),))
    body = problems.from_error(error, instance="/api/v1/models")
    assert body == {
        "type": "urn:modelhub:problem:body_invalid",
        "title": "Body invalid",
        "status": 422,
        "detail": "No.",
        "instance": "/api/v1/models",
        "code": "body_invalid",
        "errors": [{"pointer": "/0", "detail": "Bad.", "code": "wrong"}],
    }


def test_a_refused_package_lists_its_problem() -> None:
    body = problems.from_error(PackageRefused(Code.HASH_MISMATCH, "It differs."), instance="/")
    assert body is not None
    assert body["errors"] == [{"pointer": "", "detail": "It differs.", "code": "hash_mismatch"}]


def test_a_database_that_is_away_is_a_503_that_says_when_to_return() -> None:
    request = RequestFactory().get("/api/v1/models")
    response = problems.drf_exception_handler(OperationalError("secret dsn"), {"request": request})
    assert response is not None
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "secret" not in str(response.data)


def test_invalid_fields_become_pointers() -> None:
    request = RequestFactory().post("/api/v1/models")
    error = drf.ValidationError({"reason": [drf.ErrorDetail("Too long.", code="max_length")]})
    response = problems.drf_exception_handler(error, {"request": request})
    assert response is not None
    assert response.data["errors"] == [{"pointer": "/reason", "detail": "Too long.", "code": "max_length"}]


def test_django_errors_under_the_api_are_problems() -> None:
    request = RequestFactory().get("/api/v1/nothing")
    assert problems.bad_request(request, DisallowedHost("x"))["Content-Type"] == problems.CONTENT_TYPE
    assert problems.server_error(request).status_code == 500


@pytest.mark.django_db
def test_an_unknown_address_is_a_404_problem_for_programs_and_a_page_for_people() -> None:
    client = Client(HTTP_HOST="localhost")
    api, page = client.get("/api/v1/nothing/here/at/all"), client.get("/nothing")
    assert api.status_code == page.status_code == 404
    assert api.json()["code"] == "not_found"
    assert page["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_a_foreign_host_is_a_400_problem() -> None:
    response = Client().get("/api/v1/models", HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert response.json()["code"] == "host_invalid"
