"""What a process tells /metrics of its serving."""

from dataclasses import replace

from inference import telling
from inference.serving import loading
from modelhub.registry.models import ModelVersion


def test_a_model_that_is_loaded_is_served_and_not_degraded(deployed_version: ModelVersion) -> None:
    loading.slot("default")
    generation = ModelVersion.objects.get().model.generation
    assert telling.serving() == [("default", generation, True, False)]


def test_a_substitute_is_degraded_serving(deployed_version: ModelVersion) -> None:
    slot = loading.slot("default")
    loading.stand_in("default", replace(slot, fallback_from="default:2.0.0"))
    assert [told[2:] for told in telling.serving()] == [(True, True)]


def test_a_model_that_cannot_be_loaded_is_not_served(deployed_version: ModelVersion) -> None:
    deployed_version.artifacts.all().delete()
    loading.standing()
    assert [(told[0], *told[2:]) for told in telling.serving()] == [("default", False, True)]


def test_nothing_is_told_of_models_that_nobody_deployed(register_version: object, db: None) -> None:
    assert telling.serving() == []
