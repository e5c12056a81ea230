"""The operator's choice of what runs forests: what serves follows it, and says so."""

import json

import numpy as np
import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from inference.runtimes import forest
from inference.runtimes.onnx_forest import OnnxForest
from inference.serving import opening
from modelhub.registry.models import ModelVersion
from tests.integration.conftest import Trained

pytestmark = pytest.mark.django_db


def test_what_serves_is_opened_by_the_engine_that_was_chosen(
    deployed_version: ModelVersion, settings: Settings
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"FOREST_ENGINE": forest.ONNX}
    assert isinstance(opening.open_version(deployed_version).runtime, OnnxForest)


def test_every_choice_gives_the_same_scores(
    deployed_version: ModelVersion, trained: Trained, settings: Settings
) -> None:
    for engine in forest.ENGINES:
        settings.MODELHUB = settings.MODELHUB | {"FOREST_ENGINE": engine}
        assert np.array_equal(
            opening.open_version(deployed_version).runtime.score(trained.rows), trained.scores
        )


@pytest.mark.parametrize("engine", forest.ENGINES)
def test_doctor_says_what_runs_forests(
    engine: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"FOREST_ENGINE": engine}
    call_command("doctor", "--json")
    found = json.loads(capsys.readouterr().out)["checks"]["engine"]
    assert found == {"ok": True, "detail": f"forests run by {forest.engine_name(engine)}"}
