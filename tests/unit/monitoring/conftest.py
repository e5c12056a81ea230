"""A version to watch; what it scores with does not matter here."""

import pytest

from modelhub.registry.choices import Runtime
from modelhub.registry.models import ModelVersion, RegisteredModel


@pytest.fixture
def version(db: None) -> ModelVersion:
    """``default:1.0.0`` with three features, nothing in the store."""
    model, _ = RegisteredModel.objects.get_or_create(name="default")
    return ModelVersion.objects.create(
        model=model,
        label="1.0.0",
        digest="d" * 64,
        estimator="IsolationForest",
        runtime=Runtime.FOREST,
        feature_names=["a", "b", "c"],
        n_features=3,
        threshold=0.5,
        threshold_source="metadata",
        offset=-0.5,
    )
