"""POST /models/analyze: log records in, one verdict per record out."""

import uuid
from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from inference import analysis
from inference.api import linewise, presenting
from inference.api.entry import JSON, body_of, scoring_view, whole_number, wished_version
from inference.intake.jsonbody import NDJSON_TYPES, Intake, is_ndjson, parse_body
from inference.serving import loading
from modelhub import conf
from modelhub.errors import Code, FieldError, InputInvalid
from monitoring import metering

MOST_CONTRIBUTIONS = 32
_MOST_NAMED = 100


@scoring_view(JSON, *sorted(NDJSON_TYPES), answers=linewise.ANSWERS)
def analyze(request: HttpRequest) -> dict[str, Any] | HttpResponseBase:
    """Score log records as one batch with the current version, or with ``?model=`` and ``?version=``.

    ``?explain=N`` adds the N features that raised each score most. Anomalies are stored. A client that asks
    for JSON lines gets the answer line by line.
    """
    explain = whole_number(request, "explain", least=1, most=MOST_CONTRIBUTIONS)
    received_at = timezone.now()
    slot = loading.for_request(*wished_version(request))
    media_type = request.content_type or ""
    intake = parse_body(
        body_of(request), media_type, received_at=received_at, max_records=conf.number("MAX_RECORDS")
    )
    refused = Counter(error.code for error in intake.errors)
    metering.intake("ndjson" if is_ndjson(media_type) else "json", intake.received, refused)
    _refuse_if_none_usable(intake)
    run = uuid.uuid4().hex
    found = analysis.analyze(slot, intake.records, run=run)
    contributions = analysis.explain(slot, found.batch.features, top=explain) if explain else None
    head = {
        "model": presenting.model_block(slot)
        | {"batch": len(intake.records), "imputed": list(found.batch.imputed)},
        "run": run,
        "summary": presenting.summary(intake, found.batch, inference_s=found.scoring_s)
        | {
            "stored": found.recorded.new,
            "known": found.recorded.known,
            "storing_problem": found.storing_problem or None,
        },
    }
    results = presenting.results(slot, intake, found.batch, at=timezone.now(), contributions=contributions)
    errors = presenting.errors(intake)
    if lines := linewise.wanted(request):
        return linewise.respond(head, results, errors, media_type=lines)
    return head | {"results": list(results), "errors": errors}


def _refuse_if_none_usable(intake: Intake) -> None:
    if intake.records or not intake.errors:
        return
    faults = tuple(FieldError(f"/{e.index}", e.detail, e.code) for e in intake.errors[:_MOST_NAMED])
    raise InputInvalid(
        Code.RECORD_INVALID,
        f"None of the {len(intake.errors)} records can be used. The first: {intake.errors[0].detail}",
        errors=faults,
    )
