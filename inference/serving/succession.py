"""From what is held to what is wanted: the wanted version, or what answers while it cannot be loaded."""

import logging
import time
from dataclasses import replace

from django.db import DatabaseError
from django.utils import timezone

from inference.serving import fallback, opening
from inference.serving.slots import Held, Slot
from modelhub.errors import ModelhubError
from modelhub.registry.models import ModelVersion

log = logging.getLogger(__name__)


def follow(known: Held, wanted: ModelVersion, generation: int) -> Held:
    """The wanted version in the slot, or the reason why not with the old slot or a fallback.

    Nothing is read of what other threads hold, and nothing is swapped. Raises DatabaseError.
    """
    # A version that cannot be loaded is tried every few seconds: only the first time is news.
    is_retry = bool(known.problem) and known.is_about(wanted, generation)
    fresh, problem = _open(wanted, generation, is_news=not is_retry)
    if fresh is None:
        keep = _kept(known.slot, wanted) or _fallback_slot(wanted, generation, is_news=not is_retry)
        return Held(known.model_name, keep, wanted, generation, problem, time.monotonic())
    log.info("loaded", extra={"version": wanted.reference, "generation": generation})
    fresh = replace(fresh, fallback_from=fallback.origin(wanted))
    return Held(known.model_name, fresh, wanted, generation)


def _kept(old: Slot | None, wanted: ModelVersion) -> Slot | None:
    """The old slot, which says so where it answers in another version's place."""
    if old is None:
        return None
    return replace(old, fallback_from="" if old.version.pk == wanted.pk else wanted.reference)


def _fallback_slot(wanted: ModelVersion, generation: int, *, is_news: bool) -> Slot | None:
    for version in fallback.candidates(wanted):
        found, _problem = _open(version, generation, is_news=is_news)
        if found is not None:
            log.error("fell back", extra={"version": version.reference, "from": wanted.reference})
            return replace(found, fallback_from=wanted.reference)
    return None


def _open(version: ModelVersion, generation: int, *, is_news: bool) -> tuple[Slot | None, str]:
    level = logging.ERROR if is_news else logging.DEBUG
    facts = {"version": version.reference}
    try:
        model = opening.open_version(version, generation=generation)
    except ModelhubError as error:
        log.log(level, "load failed", extra=facts | {"code": str(error.code)})
        return None, f"{version} could not be loaded: {error.detail}"
    except DatabaseError:
        raise
    except Exception:
        log.log(level, "load failed", extra=facts, exc_info=True)
        return None, f"{version} could not be loaded. The log has the details."
    return Slot(version, model, generation, timezone.now()), ""
