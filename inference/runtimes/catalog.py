"""Which runtime executes a version: the flat tables where there are any, else scikit-learn.

scikit-learn is imported only for versions that need it: a worker with forests alone is several times smaller.
"""

import zipfile
from collections.abc import Mapping

import numpy as np

from inference.runtimes import exact
from inference.runtimes.contract import Matrix, Runtime, Scores
from inference.runtimes.forest import ForestRuntime
from modelhub.artifacts.safeform import structure, tables
from modelhub.artifacts.types import Role
from modelhub.errors import ArtefactCorrupt, Code, PackageRefused

_TOLERANCE = 1e-12


def open_runtime(blobs: Mapping[Role, bytes]) -> Runtime:
    """The fastest exact runtime for the safe form in ``blobs`` (forest tables, else estimators).

    Raises:
        PackageRefused: the safe form has a structure that may not be executed.
        ArtefactCorrupt: no safe form among the blobs, or one that cannot be read.
    """
    if Role.FOREST_TABLES in blobs:
        return ForestRuntime(_checked_tables(blobs[Role.FOREST_TABLES]))
    if Role.ESTIMATORS in blobs:
        return _sklearn_runtime(blobs[Role.ESTIMATORS])
    raise ArtefactCorrupt(
        Code.ARTEFACT_CORRUPT, "The version has no safe form to run. Import its package again."
    )


def score_safe_form(blobs: Mapping[Role, bytes], features: Matrix) -> Scores:
    """Scores of unscaled rows, float64 (n, n_features) to (n,), by the runtime that will serve them.

    Forests are evaluated a second time in numpy, so that a platform whose engine adds leaves in another way
    is found at import and not by a flipped verdict. After :func:`warm_up` this opens no
    file and starts no thread, as a child under a system call filter needs.

    Raises:
        PackageRefused: ``parity_failed`` where both evaluations differ by more than 1e-12.
    """
    scores = open_runtime(blobs).score(features)
    if Role.FOREST_TABLES in blobs:
        twice = exact.score(_checked_tables(blobs[Role.FOREST_TABLES]), features)
        if not np.allclose(scores, twice, rtol=0, atol=_TOLERANCE):
            raise PackageRefused(
                Code.PARITY_FAILED,
                "The scoring engine disagrees with the model's own tables on this machine. Do not use "
                "this version here; report the processor and the versions that `manage.py doctor` prints.",
            )
    return scores


def warm_up() -> None:
    """Import everything that scoring may need and run one small forest, before files are out of reach."""
    from modelhub.artifacts.safeform import estimators  # noqa: F401

    stump = tables.ForestTables(
        feature=np.array([0, -1, -1], np.int32),
        threshold=np.zeros(3),
        left=np.array([1, -1, -1], np.int32),
        right=np.array([2, -1, -1], np.int32),
        leaf_value=np.array([0.0, 1.0, 2.0]),
        roots=np.zeros(1, np.int32),
        normalizer=1.0,
        offset=-0.5,
        n_features=1,
        scaler_mean=np.zeros(1),
        scaler_scale=np.ones(1),
    )
    rows = np.zeros((2, 1))
    ForestRuntime(stump).score(rows)
    exact.score(stump, rows)


def _checked_tables(data: bytes) -> tables.ForestTables:
    try:
        parsed = tables.parse(data)
    except (ValueError, KeyError, zipfile.BadZipFile):
        raise ArtefactCorrupt(
            Code.ARTEFACT_CORRUPT, "The compiled forest cannot be read. Import the package again."
        ) from None
    structure.check_tables(parsed)
    return parsed


def _sklearn_runtime(data: bytes) -> Runtime:
    # Imported here so that a worker with forests only never loads scikit-learn.
    from inference.runtimes.sklearn_form import SklearnRuntime
    from modelhub.artifacts.safeform import estimators

    detector, scaler = estimators.load(data)
    return SklearnRuntime(detector, scaler)
