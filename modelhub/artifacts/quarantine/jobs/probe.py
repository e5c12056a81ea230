"""Third child: score rows with the form that will be served: ours twice, the package's own once."""

import importlib
import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from modelhub.artifacts.quarantine import parity
from modelhub.artifacts.quarantine.framing import Message
from modelhub.artifacts.quarantine.refusal import Reason
from modelhub.artifacts.safeform import tables
from modelhub.artifacts.types import Role
from modelhub.errors import Code, PackageRefused

FloatArray = npt.NDArray[np.float64]
Scorer = Callable[[Mapping[Role, bytes], FloatArray], FloatArray]


def prepare(spec: dict[str, Any]) -> Scorer:
    """The scorer named in the spec, run once on a sample of each expected form, to have its imports done."""
    module, _, name = spec["scorer"].rpartition(".")
    scorer: Scorer = getattr(importlib.import_module(module), name)
    forms = [Role(form) for form in spec["forms"]]
    if Role.ESTIMATORS in forms:
        from modelhub.artifacts.quarantine import rehearsal  # scikit-learn, which forests do without

        rehearsal.rehearse(spec["kinds"])
    for form in forms:
        scorer(_sample(form), np.zeros((1, 1)))
    return scorer


def work(scorer: Scorer, spec: dict[str, Any], message: Message) -> tuple[dict[str, Any], list[bytes]]:
    """Two runs over our rows and one over each further array of rows.

    The first blobs are the form, named in ``roles``; our rows come next, the package's own last.
    """
    roles = message.header["roles"]
    blobs = {Role(role): form for role, form in zip(roles, message.blobs, strict=False)}
    ours, *own = (np.load(io.BytesIO(file), allow_pickle=False) for file in message.blobs[len(roles) :])
    try:
        runs = [np.asarray(scorer(blobs, rows), dtype=np.float64) for rows in (ours, ours, *own)]
    except (MemoryError, RecursionError):
        raise
    except PackageRefused as refused:
        known = {Code.PARITY_FAILED: Reason.ENGINE_DISAGREES, Code.MODEL_STRUCTURE: Reason.STRUCTURE}
        return {"reason": known.get(refused.code, Reason.PREDICT_FAILED).value}, []
    except Exception:  # whatever the scorer raises on this model is the finding
        return {"reason": Reason.PREDICT_FAILED.value}, []
    return {}, [parity.write_array(run) for run in runs]


def _sample(form: Role) -> dict[Role, bytes]:
    if form is Role.FOREST_TABLES:
        nodes = np.array([1, -1, -1], dtype=np.int32), np.array([2, -1, -1], dtype=np.int32)
        stump = tables.ForestTables(
            feature=np.zeros(3, dtype=np.int32),
            threshold=np.zeros(3),
            left=nodes[0],
            right=nodes[1],
            leaf_value=np.array([0.0, 2.0, 2.0]),
            roots=np.zeros(1, dtype=np.int32),
            normalizer=1.0,
            offset=-0.5,
            n_features=1,
            scaler_mean=None,
            scaler_scale=None,
        )
        return {Role.FOREST_TABLES: tables.dump(stump)}
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import OneClassSVM

    from modelhub.artifacts.safeform import packing

    rows = np.arange(4.0).reshape(4, 1)
    return {Role.ESTIMATORS: packing.pack(OneClassSVM().fit(rows), StandardScaler().fit(rows))}
