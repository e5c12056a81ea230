"""POST /models/predict: feature rows in, scores out."""

import time
from typing import Any

from django.http import HttpRequest

from inference import observing, pipeline, scoring
from inference.api import presenting
from inference.api.entry import JSON, body_of, scoring_view, wished_version
from inference.intake import jsonguard, plainrows
from inference.intake.rows import matrix_of
from inference.pipeline import ScoredBatch, ScoringModel
from inference.runtimes.contract import Matrix
from inference.serving import loading
from inference.serving.slots import Slot
from modelhub.errors import Code, FieldError, InputInvalid


@scoring_view(JSON)
def predict(request: HttpRequest) -> dict[str, Any]:
    """Score feature rows with the current version, or with ``?model=`` and ``?version=``; stores nothing."""
    slot = loading.for_request(*wished_version(request))
    observing.demand_model(slot)
    model = slot.model
    asked_s = time.perf_counter()
    data = body_of(request)
    queue_s = time.perf_counter() - asked_s
    matrix, wants_probabilities = _rows(data, model)
    with observing.scoring(slot, endpoint="predict", queue_s=queue_s) as scored:
        batch = scored.done(pipeline.score_features(model, matrix, are_finite=True))
    answer = {
        "model": presenting.model_block(slot),
        "rows": len(matrix),
        "predictions": batch.predictions.tolist(),
        "scores": batch.scores.tolist(),
        "severities": batch.severities.tolist(),
        "is_anomaly": batch.verdicts.tolist(),
        "threshold": model.threshold,
        "inference_time": scored.duration_s,
    }
    return answer | (_probabilities(slot, batch) if wants_probabilities else {})


def _rows(data: bytes, model: ScoringModel) -> tuple[Matrix, bool]:
    """The matrix of a body, all of it finite, and whether probabilities are wanted."""
    plain = plainrows.read(data, model.feature_names, largest=model.largest)
    if plain is not None:
        return plain
    features, wants_probabilities = _wish(jsonguard.decode(_not_empty(data)))
    return matrix_of(features, model.feature_names, scale=model.runtime.spread), wants_probabilities


def _not_empty(data: bytes) -> bytes:
    if not data.strip():
        raise InputInvalid(Code.BODY_INVALID, 'The body is empty. Send {"features": [[…]]}.')
    return data


def _wish(body: Any) -> tuple[list[Any], bool]:
    if not isinstance(body, dict) or not isinstance(body.get("features"), list):
        raise InputInvalid(
            Code.BODY_INVALID, 'The body must be an object {"features": [[…]] or [{name: value}]}.'
        )
    wants = body.get("probabilities", False)
    if not isinstance(wants, bool):
        fault = FieldError("/probabilities", "It must be true or false.", Code.BODY_INVALID)
        raise InputInvalid(Code.BODY_INVALID, "`probabilities` must be true or false.", errors=(fault,))
    return body["features"], wants


def _probabilities(slot: Slot, batch: ScoredBatch) -> dict[str, Any]:
    """``[normal, anomaly]`` per row; calibrated only where training scores stand behind the curve."""
    anomaly = scoring.anomaly_probability(batch.scores, slot.model.calibration).tolist()
    return {
        "probabilities": [[1.0 - share, share] for share in anomaly],
        "calibrated": slot.model.calibration.kind == "scores",
    }
