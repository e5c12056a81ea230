"""POST /models/predict scores feature rows exactly as scikit-learn does, and names what it refuses."""

from typing import Any

import numpy as np
import pytest
from django.test import Client

from modelhub.registry.models import ModelVersion
from tests.integration.conftest import Trained

URL = "/api/v1/models/predict"
pytestmark = pytest.mark.usefixtures("deployed_version")


def post(api: Client, body: Any, url: str = URL) -> Any:
    return api.post(url, body, content_type="application/json")


@pytest.mark.parametrize("url", [URL, URL + "/"])
def test_scores_and_predictions_are_scikit_learns(api: Client, trained: Trained, url: str) -> None:
    rows = trained.rows[:50]
    answer = post(api, {"features": rows.tolist()}, url).json()
    scaled = trained.scaler.transform(rows)
    assert np.allclose(answer["scores"], -trained.forest.score_samples(scaled), rtol=0, atol=1e-12)
    assert answer["predictions"] == trained.forest.predict(scaled).tolist()
    assert answer["is_anomaly"] == [score > answer["threshold"] for score in answer["scores"]]
    assert answer["rows"] == 50
    assert answer["model"]["reference"] == "default:1.0.0"
    assert "probabilities" not in answer


def test_objects_by_name_are_the_same_rows_in_any_order(
    api: Client, trained: Trained, deployed_version: ModelVersion
) -> None:
    rows = trained.rows[:3].tolist()
    named = [dict(reversed(list(zip(deployed_version.feature_names, row, strict=True)))) for row in rows]
    by_list = post(api, {"features": rows}).json()
    by_name = post(api, {"features": named}).json()
    assert by_name["scores"] == by_list["scores"]


def test_probabilities_are_normal_then_anomaly_and_say_whether_they_are_calibrated(
    api: Client, trained: Trained
) -> None:
    order = np.argsort(trained.scores)
    body = {"features": trained.rows[[order[0], order[-1]]].tolist(), "probabilities": True}
    answer = post(api, body).json()
    (usual_normal, usual_anomaly), (_, rare_anomaly) = answer["probabilities"]
    assert usual_normal + usual_anomaly == pytest.approx(1.0)
    assert rare_anomaly > 0.9 > usual_anomaly
    assert answer["calibrated"] is True


def test_no_rows_is_an_empty_answer(api: Client) -> None:
    answer = post(api, {"features": []})
    assert answer.status_code == 200
    assert answer.json()["scores"] == []


def _with(value: Any) -> list[Any]:
    return [0.0] * 31 + [value]


@pytest.mark.parametrize(
    ("features", "code", "pointer"),
    [
        ([[1.0, 2.0]], "features_invalid", "/features/0"),
        ([_with(1.0), _with("1.0")], "features_invalid", "/features/1/31"),
        ([_with(True)], "features_invalid", "/features/0/31"),
        ([_with(None)], "features_invalid", "/features/0/31"),
        ([_with([1.0])], "features_invalid", "/features/0/31"),
        ([_with(1.0), {"a": 1}], "features_invalid", "/features/1"),
        ([{"hour_of_day": 1.0}], "features_invalid", "/features/0"),
        ([3.0], "features_invalid", "/features/0"),
        ([_with(0.0), _with(1e300)], "features_not_finite", "/features/1/31"),
    ],
)
def test_a_bad_row_is_named_by_row_and_column(api: Client, features: Any, code: str, pointer: str) -> None:
    answer = post(api, {"features": features})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, code)
    assert body["errors"][0]["pointer"] == pointer
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "9" * 40])
def test_numbers_that_json_does_not_know_are_no_json(api: Client, text: str) -> None:
    answer = post(api, '{"features": [[%s]]}' % text)  # noqa: UP031
    assert answer.status_code == 400
    assert answer.json()["code"] == "json_invalid"


@pytest.mark.parametrize(
    "body", [" ", "null", "3", "[]", "{}", '{"features": 3}', '{"features": [], "probabilities": 1}']
)
def test_a_body_of_another_shape_is_refused(api: Client, body: str) -> None:
    answer = post(api, body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "body_invalid"
