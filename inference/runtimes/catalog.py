"""Which runtime executes a version: the flat tables where there are any, else scikit-learn.

scikit-learn is imported only for versions that need it: a worker with forests alone is several times smaller.
"""

import zipfile
from collections.abc import Mapping

import numpy as np

from inference.runtimes import forest
from inference.runtimes.contract import Matrix, Runtime, Scores
from modelhub.artifacts.safeform import reference, structure, tables
from modelhub.artifacts.types import Role
from modelhub.errors import ArtefactCorrupt, Code, PackageRefused

_TOLERANCE = 1e-12


def open_runtime(blobs: Mapping[Role, bytes], *, forest_engine: str = forest.AUTO) -> Runtime:
    """The fastest exact runtime for the safe form in ``blobs`` (forest tables, else estimators).

    ``forest_engine`` is one of ``forest.ENGINES``.

    Raises:
        PackageRefused: the safe form has a structure that may not be executed.
        ArtefactCorrupt: no safe form among the blobs, or one that cannot be read.
    """
    if Role.FOREST_TABLES in blobs:
        return forest.open_forest(_checked_tables(blobs[Role.FOREST_TABLES]), forest_engine)
    if Role.ESTIMATORS in blobs:
        return _sklearn_runtime(blobs[Role.ESTIMATORS])
    raise ArtefactCorrupt(
        Code.ARTEFACT_CORRUPT, "The version has no safe form to run. Import its package again."
    )


def score_safe_form(blobs: Mapping[Role, bytes], features: Matrix) -> Scores:
    """Scores of unscaled rows, float64 (n, n_features) to (n,), by the runtime that serves them by default.

    Forests are evaluated a second time in numpy, so that a platform whose engine adds leaves in another way
    is found at import and not by a flipped verdict. After its first call this opens no
    file and starts no thread for them, as a child under a system call filter needs.

    Raises:
        PackageRefused: ``parity_failed`` where both evaluations differ by more than 1e-12.
    """
    scores = open_runtime(blobs).score(features)
    if Role.FOREST_TABLES in blobs:
        twice = reference.score(_checked_tables(blobs[Role.FOREST_TABLES]), features)
        if not np.allclose(scores, twice, rtol=0, atol=_TOLERANCE):
            raise PackageRefused(
                Code.PARITY_FAILED,
                "The scoring engine disagrees with the model's own tables on this machine. Do not use "
                "this version here; report the processor and the versions that `manage.py doctor` prints.",
            )
    return scores


def _checked_tables(data: bytes) -> tables.ForestTables:
    try:
        parsed = tables.parse(data)
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile):
        raise ArtefactCorrupt(
            Code.ARTEFACT_CORRUPT, "The compiled forest cannot be read. Import the package again."
        ) from None
    structure.check_tables(parsed)
    return parsed


def _sklearn_runtime(data: bytes) -> Runtime:
    # Imported here so that a worker with forests only never loads scikit-learn.
    from inference.runtimes.sklearn_form import SklearnRuntime
    from modelhub.artifacts.safeform import estimators

    loaded = estimators.load(data)
    return SklearnRuntime(loaded.model, loaded.scaler)
