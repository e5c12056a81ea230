"""The OpenAPI document: every operation says who may call it, how it can end, and what it understands."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

# Operations whose handler takes an Idempotency-Key.
ONCE = {
    "/api/v1/models/{version}/deploy",
    "/api/v1/model-management/{version}/deploy",
    "/api/v1/model-management/{version}/rollback",
    "/api/v1/model-management/import",
    "/api/v1/model-management/import/{model_path}",
    "/api/v1/model-management/import-latest",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _headers(operation: dict[str, Any]) -> set[str]:
    return {p["name"] for p in operation["parameters"] if p["in"] == "header"}


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")


def test_every_operation_takes_a_token_or_a_session(document: dict[str, Any]) -> None:
    wrong = [
        (method, path)
        for path, method, operation in _operations(document)
        if operation.get("security") != [{"bearer": []}, {"session": []}]
    ]
    assert wrong == []


def test_every_operation_names_its_permission(document: dict[str, Any]) -> None:
    silent = [
        (method, path)
        for path, method, operation in _operations(document)
        if "Needs the permission `" not in operation.get("description", "")
    ]
    assert silent == []


@pytest.mark.parametrize("status", ["401", "403", "429", "503"])
def test_every_operation_documents_the_answers_any_call_can_get(
    document: dict[str, Any], status: str
) -> None:
    missing = [
        (method, path)
        for path, method, operation in _operations(document)
        if "application/problem+json" not in operation["responses"].get(status, {}).get("content", {})
    ]
    assert missing == []


def test_a_problem_carries_the_request_s_id(document: dict[str, Any]) -> None:
    assert "request_id" in document["components"]["schemas"]["Problem"]["properties"]


def test_the_idempotency_key_is_documented_where_it_applies_and_only_there(document: dict[str, Any]) -> None:
    taking = {
        path for path, _, operation in _operations(document) if "Idempotency-Key" in _headers(operation)
    }
    assert taking == ONCE


def test_every_read_documents_its_304_and_nothing_else_does(document: dict[str, Any]) -> None:
    for path, method, operation in _operations(document):
        conditional = "If-None-Match" in _headers(operation)
        assert conditional == ("304" in operation["responses"]), path
        assert not conditional or method == "get", path


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["docs", "redoc"])
def test_the_pages_need_the_permission_of_the_document(page: str) -> None:
    stranger = Client(REMOTE_ADDR="192.0.2.1")
    assert stranger.get(f"/api/v1/{page}").status_code == 401
    led = stranger.get(f"/api/v1/{page}", headers={"Accept": "text/html"})
    assert (led.status_code, led["Location"]) == (302, f"/admin/login/?next=/api/v1/{page}")
    assert Client(headers={"Host": "localhost"}).get(f"/api/v1/{page}").status_code == 200
