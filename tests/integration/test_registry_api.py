"""The management endpoints of versions, through HTTP to the database."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django.fixtures import Settings

from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion
from tests.integration.conftest import RegisterVersion, Trained

V1 = "/api/v1"


def _post(api: Client, path: str, body: Any = None) -> Any:
    return api.post(f"{V1}{path}", body if body is not None else {}, content_type="application/json")


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_list_shows_every_version_with_its_standing(
    api: Client,
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    slash: str,
) -> None:
    register_version(retrained, "2.0.0", model="wifi")
    page = api.get(f"{V1}/models{slash}").json()
    assert page["count"] == 2
    assert {(row["reference"], row["status"], row["is_current"]) for row in page["results"]} == {
        ("default:1.0.0", "deployed", True),
        ("wifi:2.0.0", "available", False),
    }
    documented = {"id", "model", "version", "status", "is_active", "is_current", "aliases", "model_type"}
    documented |= {"created_at", "imported_at", "size_bytes", "sha256", "metrics"}
    assert documented <= page["results"][0].keys()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("model=wifi", ["2.0.0"]),
        ("status=deployed", ["1.0.0"]),
        ("status=available", ["2.0.0"]),
        ("search=wifi", ["2.0.0"]),
        ("ordering=version", ["1.0.0", "2.0.0"]),
        ("ordering=-version", ["2.0.0", "1.0.0"]),
        ("ordering=created_at,-version", ["2.0.0", "1.0.0"]),
        ("page_size=1&ordering=version", ["1.0.0"]),
    ],
)
def test_the_list_can_be_narrowed_ordered_and_paged(
    api: Client,
    deployed_version: ModelVersion,
    register_version: RegisterVersion,
    retrained: Trained,
    query: str,
    found: list[str],
) -> None:
    register_version(retrained, "2.0.0", model="wifi")
    assert [row["version"] for row in api.get(f"{V1}/models?{query}").json()["results"]] == found


def test_an_empty_hub_answers_an_empty_page(api: Client, db: None) -> None:
    assert api.get(f"{V1}/models").json() == {"count": 0, "next": None, "previous": None, "results": []}


@pytest.mark.parametrize("query", ["status=nope", "page=999", "page=x"])
def test_a_wrong_parameter_is_refused(api: Client, db: None, query: str) -> None:
    response = api.get(f"{V1}/models?{query}")
    assert response.status_code in {404, 422}
    assert response["Content-Type"] == "application/problem+json"


def test_info_tells_everything_known(api: Client, deployed_version: ModelVersion) -> None:
    info = api.get(f"{V1}/models/1.0.0/info").json()
    assert info["threshold"] == deployed_version.threshold
    assert info["history"][0]["operation"] == "deploy"
    assert info["deployments"][0]["ended_at"] is None
    assert info["artifacts"][0]["role"] == "forest_tables"
    assert api.get(f"{V1}/model-management/models/default@champion").json() == info


@pytest.mark.parametrize("door", ["models", "model-management"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_deploy_answers_as_documented(
    api: Client, register_version: RegisterVersion, trained: Trained, door: str, slash: str
) -> None:
    register_version(trained)
    response = _post(api, f"/{door}/1.0.0/deploy{slash}", {"reason": "review passed"})
    body = response.json()
    assert response.status_code == 200
    assert (body["version"], body["status"], body["previous_version"]) == ("1.0.0", "deployed", None)
    deployment = Deployment.objects.get(pk=body["deployment_id"])
    assert (deployment.reason, deployment.channel) == ("review passed", "api")


def test_deploying_again_is_a_200_that_changes_nothing(api: Client, deployed_version: ModelVersion) -> None:
    body = _post(api, "/model-management/1.0.0/deploy").json()
    assert body["changed"] is False
    assert Deployment.objects.count() == 1


def test_rollback_goes_back_and_says_from_where(
    api: Client, deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    assert _post(api, "/model-management/2.0.0/deploy").json()["previous_version"] == "1.0.0"
    body = _post(api, "/model-management/1.0.0/rollback", {"reason": "too loud"}).json()
    assert (body["status"], body["rolled_back_from"]) == ("rolled_back", "2.0.0")


def test_rollback_to_a_version_never_deployed_conflicts(
    api: Client, register_version: RegisterVersion, trained: Trained
) -> None:
    register_version(trained)
    response = _post(api, "/model-management/1.0.0/rollback")
    assert (response.status_code, response.json()["code"]) == (409, "no_rollback_target")


def test_load_serves_without_deploying(
    api: Client, deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    body = _post(api, "/models/2.0.0/load").json()
    assert (body["version"], body["status"]) == ("2.0.0", "loaded")
    current = api.get(f"{V1}/models/current").json()
    assert (current["loaded_version"], current["deployed_version"]) == ("2.0.0", "1.0.0")


def test_a_deactivated_version_is_refused_with_the_failed_gate(
    api: Client, deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    assert _post(api, "/models/2.0.0/deactivate").json()["is_active"] is False
    response = _post(api, "/models/2.0.0/deploy")
    assert response.status_code == 422
    assert response.json()["code"] == "validation_failed"
    assert [error["code"] for error in response.json()["errors"]] == ["active"]
    assert _post(api, "/models/2.0.0/activate").json()["changed"] is True


def test_what_serves_cannot_be_deactivated(api: Client, deployed_version: ModelVersion) -> None:
    response = _post(api, "/models/1.0.0/deactivate")
    assert (response.status_code, response.json()["code"]) == (409, "version_in_use")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/models/nope/info", 404, "version_not_found"),
        ("post", "/models/nope/load", 404, "version_not_found"),
        ("post", "/model-management/nope:1/deploy", 404, "model_not_found"),
        ("post", "/model-management/%00/deploy", 404, "version_not_found"),
        ("post", "/model-management/default:%00/deploy", 404, "model_not_found"),
        ("post", "/model-management/default@%00/deploy", 404, "model_not_found"),
        ("get", "/models/current?model=%00", 404, "model_not_found"),
        ("get", "/models/1.0.0/load", 405, "method_not_allowed"),
        ("delete", "/models", 405, "method_not_allowed"),
    ],
)
def test_what_does_not_exist_or_is_not_offered_says_so(
    api: Client, db: None, method: str, path: str, status: int, code: str
) -> None:
    response = getattr(api, method)(f"{V1}{path}")
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "json_invalid"),
        (b'{"reason": NaN}', 400, "json_invalid"),
        (b'{"reason": "a", "reason": "b"}', 400, "json_invalid"),
        (b"[" * 100_000, 400, "json_invalid"),
        (b'{"reason": "\\ud800"}', 400, "json_invalid"),
        (b'{"reason": "\\u0000"}', 400, "json_invalid"),
        (b'{"reason": {"a": 1}}', 422, "body_invalid"),
        (b"[1]", 422, "body_invalid"),
        (b"[]", 422, "body_invalid"),
        (b"null", 422, "body_invalid"),
        (b"false", 422, "body_invalid"),
        (b'{"force": true}', 403, "permission_denied"),
        (b'{"force": "very"}', 422, "body_invalid"),
        (b'{"reason": "x", "foo": 1}', 422, "body_invalid"),
        (b'"text"', 422, "body_invalid"),
    ],
)
def test_a_hostile_body_never_deploys(
    api: Client,
    register_version: RegisterVersion,
    trained: Trained,
    body: bytes,
    status: int,
    code: str,
) -> None:
    register_version(trained)
    response = api.post(f"{V1}/models/1.0.0/deploy", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Deployment.objects.exists()


def test_a_wrong_content_type_is_a_415(api: Client, deployed_version: ModelVersion) -> None:
    response = api.post(f"{V1}/models/1.0.0/deploy", b"reason=x", content_type="text/plain")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media")


def test_production_refuses_calls_without_credentials(
    api: Client, deployed_version: ModelVersion, settings: Settings
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"DEV_ANONYMOUS": False}
    for call in (api.get(f"{V1}/models"), _post(api, "/models/1.0.0/load"), api.get(f"{V1}/schema")):
        assert (call.status_code, call.json()["code"]) == (401, "not_authenticated")
        assert call["WWW-Authenticate"]


def test_a_session_needs_its_permission_and_its_csrf_token(
    deployed_version: ModelVersion, settings: Settings
) -> None:
    user = User.objects.create_user("ada", password="x")
    client = Client(headers={"Host": "localhost"}, enforce_csrf_checks=True)
    client.force_login(user)
    assert client.get(f"{V1}/models").status_code == 403
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_modelversion", "load_modelversion"])
    )
    assert client.get(f"{V1}/models").status_code == 200
    refused = client.post(f"{V1}/models/1.0.0/load", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert LifecycleEvent.objects.filter(actor="ada").count() == 0
