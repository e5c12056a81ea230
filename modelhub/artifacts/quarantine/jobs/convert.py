"""Second child: load through the allow-list, check, write the safe form, score the probe rows."""

import io
import os
import warnings
from typing import Any

import numpy as np

from modelhub.artifacts.quarantine import container, loader, probes, rehearsal, revival, settling
from modelhub.artifacts.quarantine.framing import Message
from modelhub.artifacts.quarantine.refusal import Reason, Refused
from modelhub.artifacts.safeform import archive, estimators, packing, structure
from modelhub.errors import Code, PackageRefused


def prepare(spec: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """The table of allowed objects, after a rehearsal with the classes the scan has seen."""
    rehearsal.rehearse(spec["kinds"])
    return loader.resolve()


def work(
    table: dict[tuple[str, str], Any], spec: dict[str, Any], message: Message
) -> tuple[dict[str, Any], list[bytes]]:
    """The .skops bytes, probe rows and the original's scores on them, or the reason to refuse."""
    subject = "model"
    try:
        model = settling.settle_model(_load(spec["files"][0], table, spec))
        scaler = None
        if len(spec["files"]) > 1:
            subject = "scaler"
            scaler = settling.settle_scaler(_load(spec["files"][1], table, spec))
        subject = "model"
        packed = _packed(model, scaler)
        rows, scores = _scored(model, scaler)
    except Refused as refused:
        return {"reason": refused.reason.value, "subject": subject}, []
    return {}, [packed, _npy(rows), _npy(scores)]


def _load(descriptor: int, table: dict[tuple[str, str], Any], spec: dict[str, Any]) -> Any:
    with os.fdopen(descriptor, "rb", closefd=False) as source:
        stream, kind = container.unpack(source, limit=spec["unpacked_bytes"])
    read = revival.load if kind == container.SKOPS else loader.load
    return read(stream, table)


def _packed(model: Any, scaler: Any) -> bytes:
    try:
        packed = packing.pack(model, scaler)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # skops raises many kinds for values that it cannot write
        raise Refused(Reason.ARTEFACT_TYPE) from error
    try:
        structure.check(archive.read(packed))
    except PackageRefused as refused:
        known = {Code.MODEL_STRUCTURE: Reason.STRUCTURE, Code.MODEL_NOT_USABLE: Reason.NOT_A_DETECTOR}
        raise Refused(known.get(refused.code, Reason.ARTEFACT_TYPE)) from refused
    return packed


def _scored(model: Any, scaler: Any) -> tuple[Any, Any]:
    """Rows and what the estimators as they came answer for them (higher = more anomalous)."""
    if scaler is not None and _width(scaler) != _width(model):
        raise Refused(Reason.FEATURE_COUNT)
    estimators.restore_search_trees(model)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = probes.rows(model, scaler)
            scores = -model.score_samples(rows if scaler is None else scaler.transform(rows))
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # the point of this run is to meet whatever fails at predict
        raise Refused(Reason.PREDICT_FAILED) from error
    if scores.shape != (len(rows),) or not np.isfinite(scores).all():
        raise Refused(Reason.PREDICT_FAILED)
    return rows, scores.astype(np.float64)


def _width(estimator: Any) -> int:
    return int(estimator.n_features_in_)


def _npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values, dtype=np.float64), allow_pickle=False)
    return buffer.getvalue()
