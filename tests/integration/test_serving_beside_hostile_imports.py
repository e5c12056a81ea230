"""While hostile packages arrive through the API, the deployed model goes on answering, unchanged."""

import json
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.registry.models import ModelVersion
from modelhub.transfers.models import Transfer
from tests import packages
from tests.hostile.running import RUNNING

LOG = [{"message": "Accepted publickey for alice from 10.0.0.1", "timestamp": "2026-03-02T08:00:00Z"}]


def _hostile_package(label: str, model: bytes) -> bytes:
    """A deployment zip whose manifest signs the hostile model: only opening it can show what it is."""
    members = packages.service_members(label) | {"model.joblib": model}
    return packages.zipped(
        members | {"deployment_manifest.json": packages.encoded(packages.manifest(members))}
    )


def _answer(api: Client) -> tuple[int, Any]:
    response = api.post("/api/v1/models/analyze", json.dumps(LOG), content_type="application/json")
    result = response.json()["results"][0]["analysis_result"]
    return response.status_code, (result["model_version"], result["anomaly_score"])


def test_an_honest_model_keeps_serving_while_hostile_packages_are_refused(
    api: Client, deployed_version: ModelVersion, tmp_path: Path
) -> None:
    expected = _answer(api)
    blobs = sorted(Store(conf.store_root()).digests())
    canary = tmp_path / "canary"
    for number, build in enumerate(RUNNING.values()):
        package = SimpleUploadedFile("package.zip", _hostile_package(f"9.{number}", build(canary)))
        refused = api.post("/api/v1/model-management/import?validate=false", {"file": package})
        assert (refused.status_code, refused.json()["code"]) == (422, "unsafe_type")
        assert _answer(api) == expected == (200, expected[1])
    assert not canary.exists()
    assert list(ModelVersion.objects.all()) == [deployed_version]
    assert sorted(Store(conf.store_root()).digests()) == blobs
    assert Transfer.objects.filter(status="refused", code="unsafe_type").count() == len(RUNNING)
