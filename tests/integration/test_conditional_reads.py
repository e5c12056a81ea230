"""Reads that pages poll: an ETag, and nothing sent again while nothing changed."""

from typing import Any

import pytest
from django.test import Client

from modelhub.registry.models import ModelVersion
from tests.integration.conftest import RegisterVersion, Trained

POLLED = ["/models", "/models/1.0.0/info", "/model-management/transfer-history", "/deployments"]


def _get(api: Client, path: str, tag: str = "") -> Any:
    return api.get(f"/api/v1{path}", headers={"If-None-Match": tag} if tag else {})


@pytest.mark.parametrize("path", POLLED)
def test_an_unchanged_answer_is_a_304_without_a_body(
    api: Client, deployed_version: ModelVersion, path: str
) -> None:
    tag = _get(api, path)["ETag"]
    again = _get(api, path, tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == tag
    assert again["X-Request-Id"]


def test_a_changed_answer_is_sent_whole(
    api: Client, deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    tag = _get(api, "/models")["ETag"]
    register_version(retrained, "2.0.0")
    again = _get(api, "/models", tag)
    assert (again.status_code, again.json()["count"]) == (200, 2)
    assert again["ETag"] != tag


def test_answers_may_not_be_kept_by_shared_caches(api: Client, deployed_version: ModelVersion) -> None:
    answer = _get(api, "/models")
    assert "private" in answer["Cache-Control"]
    assert {"Authorization", "Cookie"} <= {part.strip() for part in answer["Vary"].split(",")}


def test_problems_have_no_tag(api: Client, db: None) -> None:
    assert "ETag" not in _get(api, "/models/none/info")


def test_scoring_has_no_tag(api: Client, deployed_version: ModelVersion) -> None:
    answer = api.post("/api/v1/models/analyze", "[]", content_type="application/json")
    assert answer.status_code == 200
    assert "ETag" not in answer
