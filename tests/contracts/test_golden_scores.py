"""Scores and verdicts of real packages equal what the training service computed for real logs."""

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from inference.features import catalog as feature_sets
from inference.features.missing import fill_missing
from inference.intake.export import faithful
from inference.pipeline import ScoredBatch, ScoringModel, score_features, score_records
from inference.runtimes import catalog
from modelhub.artifacts import intake, prepare, quarantine
from modelhub.artifacts.calibration import Calibration
from tests.fitted import Matrix

pytestmark = pytest.mark.shared_data

_PACKAGES = {"openssh_cli": "openssh_if", "wifi_service": "20261122_210422"}
_SORTED = ("wifi", "openssh", "bgl")
_SETS = (*_SORTED, "linux_unsorted", "edge1")
_TOLERANCE = 1e-9


@pytest.fixture(scope="module", params=list(_PACKAGES))
def package(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, ScoringModel]:
    """Column prefix in the golden files, and the package brought through the quarantine."""
    folder = shared_data / "packages" / "training-root" / "models"
    staged = intake.stage(folder, (_PACKAGES[request.param],), tmp_path_factory.mktemp("p") / "staging")
    prepared = prepare.prepare(
        prepare.inspect(staged, require_manifest=False, on_step=lambda _step: None),
        limits=quarantine.Limits(),
        scorer="inference.runtimes.catalog.score_safe_form",
        on_step=lambda _step: None,
    )
    model = ScoringModel(
        reference=prepared.label,
        digest=prepared.digest,
        generation=0,
        runtime=catalog.open_runtime(prepared.blobs),
        feature_set=feature_sets.get("training-service-v1"),
        feature_names=prepared.metadata.feature_names,
        threshold=-prepared.facts.offset,
        offset=prepared.facts.offset,
        calibration=Calibration.from_json(prepared.calibration),
    )
    return request.param, model


@pytest.mark.parametrize("name", _SETS)
def test_golden_features_get_golden_scores_and_verdicts(
    name: str, package: tuple[str, ScoringModel], shared_data: Path
) -> None:
    prefix, model = package
    with gzip.open(shared_data / "golden" / f"{name}.features.csv.gz", "rt") as stream:
        lines = list(csv.reader(stream))[1:]
    matrix = np.array([[float(cell or "nan") for cell in line] for line in lines])
    _assert_golden(score_features(model, fill_missing(matrix)), shared_data, name, prefix)


@pytest.mark.parametrize("name", _SORTED)
def test_golden_records_get_golden_scores_and_verdicts(
    name: str, package: tuple[str, ScoringModel], shared_data: Path
) -> None:
    prefix, model = package
    with gzip.open(shared_data / "golden" / f"{name}.input.jsonl.gz", "rt") as stream:
        records = [faithful(json.loads(line)) for line in stream]
    assert records == sorted(records, key=lambda record: record.timestamp or datetime.max.replace(tzinfo=UTC))
    _assert_golden(score_records(model, records), shared_data, name, prefix)


def _assert_golden(batch: ScoredBatch, shared_data: Path, name: str, prefix: str) -> None:
    scores, predictions = _golden(shared_data, name, prefix)
    assert np.abs(batch.scores - scores).max() < _TOLERANCE
    assert np.array_equal(batch.predictions, predictions)
    assert np.array_equal(batch.verdicts, predictions == -1)


def _golden(shared_data: Path, name: str, prefix: str) -> tuple[Matrix, Matrix]:
    with gzip.open(shared_data / "golden" / f"{name}.scores.csv.gz", "rt") as stream:
        rows = list(csv.DictReader(stream))
    return (
        np.array([float(row[f"{prefix}.score"]) for row in rows]),
        np.array([int(row[f"{prefix}.predict"]) for row in rows]),
    )
