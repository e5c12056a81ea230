"""The model, the same for every server, and the rows that are sent to all of them."""

import json
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import numpy.typing as npt
from sklearn.pipeline import make_pipeline

from bench.engine import workload
from inference.features import catalog
from modelhub.artifacts.safeform import archive, flatten, packing, tables

Matrix = npt.NDArray[np.float64]
BODIES = 64  # different ones in turn, so that no cache and no branch learns one by heart
_FEATURE_SET = "training-service-v1"


@dataclass(frozen=True, slots=True)
class Model:
    """One fitted scaler and forest in each form that somebody serves.

    ``package`` is a folder that this hub imports, ``pipeline`` a joblib file, ``safe_form`` the flat
    tables of our own engine; ``answers`` are scikit-learn's own labels (-1 anomaly, 1 normal) by the bytes
    of the rows.
    """

    package: Path
    pipeline: Path
    safe_form: Path
    answers: dict[bytes, list[int]]


def bodies(rows: int) -> list[Matrix]:
    """``BODIES`` matrices, float64 (rows, 32), with six decimals as a program would send them."""
    many = workload.random_rows(BODIES * rows, seed=rows).round(6)
    return [np.ascontiguousarray(part) for part in np.split(many, BODIES)]


def fitted(folder: Path, sizes: list[int]) -> Model:
    """Trains and saves below ``folder``; scikit-learn has answered every body of those sizes."""
    scaler, forest, _ = workload.fitted()
    package = folder / "package"
    package.mkdir(parents=True)
    names = list(catalog.get(_FEATURE_SET).names)
    joblib.dump(forest, package / "model.joblib")
    joblib.dump(scaler, package / "scaler.joblib")
    (package / "features.json").write_text(json.dumps(names))
    (package / "metadata.json").write_text(
        json.dumps(
            {
                "model_type": "isolation_forest",
                "model_params": {"n_estimators": workload.TREES},
                "training_date": "2026-01-01T00:00:00.000000",
                "feature_count": len(names),
                "feature_names": names,
                "scaler_fitted": True,
            }
        )
    )
    pipeline = make_pipeline(scaler, forest)
    joblib.dump(pipeline, folder / "pipeline.joblib")
    content = archive.read(packing.pack(forest, scaler))
    (folder / "forest.tables").write_bytes(
        tables.dump(flatten.forest_tables(content["model"], content["scaler"]))
    )
    answers = {rows.tobytes(): pipeline.predict(rows).tolist() for size in sizes for rows in bodies(size)}
    return Model(package, folder / "pipeline.joblib", folder / "forest.tables", answers)
