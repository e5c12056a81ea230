"""What this process serves: the only state kept in memory, always replaceable from the database.

Each registered model has one slot, an immutable object that is swapped as one reference: a request
sees one version from beginning to end. A newer generation is loaded beside the old one by one
thread while the others go on with the old; when it cannot be loaded the old one stays. A process
that serves loads as soon as it hears of a change, any other one only what it is asked for.
"""

import logging
import threading
import time
from dataclasses import replace

from django.db import DatabaseError
from django.utils import timezone

from inference import besides, fallback, opening
from inference.slots import Held, Slot
from modelhub import conf
from modelhub.errors import Code, Conflict, ModelhubError, NotFound, Unavailable
from modelhub.registry import references
from modelhub.registry.models import ModelVersion, RegisteredModel

log = logging.getLogger(__name__)
CHECK_S = 0.5

_held: dict[str, Held] = {}
_stand_ins: dict[str, Slot] = {}
_looked_s: dict[str, float] = {}  # monotonic time of the last look at the database, by model name
_loading = threading.Lock()
_is_serving = False
_trouble = ""  # what kept the last catching up from its work: only changes of this are logged


def preflight(version: ModelVersion) -> None:
    """Return when the version can serve here; raises ModelhubError. Hook ``DEPLOY_PREFLIGHT``."""
    opening.try_out(version)


def slot(model_name: str) -> Slot:
    """What the registered model serves here, at most half a second behind the database.

    While the database does not answer, what is loaded goes on serving. Raises NotFound
    (``model_not_found``) and Unavailable (``no_model_loaded``).
    """
    held = _held.get(model_name)
    if held is None or time.monotonic() - _looked_s.get(model_name, 0.0) >= CHECK_S:
        held = _looked_up(model_name, held)
    substitute = _stand_ins.get(model_name)
    if substitute is not None:
        return substitute
    if held.slot is None:
        raise _nothing(model_name, held.problem)
    return held.slot


def stand_in(model_name: str, substitute: Slot | None) -> None:
    """``substitute`` answers for the model in this process until None is given or something is deployed."""
    if substitute is None:
        _stand_ins.pop(model_name, None)
    else:
        _stand_ins[model_name] = substitute


def for_request(model_name: str | None, reference: str | None) -> Slot:
    """The slot of one request: ``?model=``, ``?version=``, or what the default model serves.

    Raises as :func:`slot`, and NotFound or Conflict for a reference that names no usable version.
    """
    if reference:
        return _beside(_find(model_name, reference))
    name = model_name or conf.default_model()
    try:
        return slot(name)
    except NotFound:
        if model_name:
            raise
        raise _nothing(name, "") from None


def begin_serving() -> None:
    """From now on this process serves: :func:`refresh` loads at once."""
    global _is_serving
    _is_serving = True


def refresh() -> None:
    """The next request sees what the database says now; never raises. Hook ``ON_SERVING_CHANGED``.

    A serving process loads it before this returns; any other one only when it is asked for a model.
    """
    _looked_s.clear()
    if _is_serving:
        catch_up()


def catch_up() -> None:
    """Every registered model is as the database says, as far as it can be loaded; never raises."""
    global _trouble
    try:
        rows = _rows()
        for row in rows:
            _bring_up_to_date(row, wait=True)
        for gone in _held.keys() - {row.name for row in rows}:
            _held.pop(gone, None)
        _trouble = ""
    except Exception as error:
        known, _trouble = _trouble, type(error).__name__
        if known == _trouble:
            return
        if isinstance(error, DatabaseError):
            log.warning("the database does not answer; what is loaded goes on serving")
        else:
            log.exception("what is served could not be refreshed")


def standing() -> list[Held]:
    """What this process holds for every registered model that should serve, after a look at the database.

    Hook ``SERVING_STANDING``. Raises DatabaseError.
    """
    return [_bring_up_to_date(row, wait=True) for row in _rows()]


def held() -> list[Held]:
    """What this process holds, by model name."""
    return [_held[name] for name in sorted(_held)]


def forget() -> None:
    """Hold nothing: a fresh start, for a forked process and for tests."""
    global _loading, _is_serving, _trouble
    _loading, _is_serving, _trouble = threading.Lock(), False, ""
    _held.clear()
    _stand_ins.clear()
    _looked_s.clear()
    besides.forget()


def _rows(name: str | None = None) -> list[RegisteredModel]:
    rows = RegisteredModel.objects.select_related("current_version__model")
    if name is None:
        return list(rows.filter(current_version__isnull=False))
    return list(rows.filter(name=references.searchable(name)))


def _looked_up(model_name: str, known: Held | None) -> Held:
    try:
        found = _rows(model_name)
    except DatabaseError:
        if known is None or known.slot is None:
            raise
        _looked_s[model_name] = time.monotonic()
        return known
    if not found:
        _held.pop(model_name, None)
        raise NotFound(Code.MODEL_NOT_FOUND, f"There is no registered model {model_name!r}.")
    return _bring_up_to_date(found[0], wait=known is None or known.slot is None)


def _bring_up_to_date(row: RegisteredModel, *, wait: bool) -> Held:
    """What is held after a look at the model's row; only one thread loads, others wait only if told to."""
    _looked_s[row.name] = time.monotonic()
    known = _held.get(row.name) or Held(row.name)
    if row.current_version is None:
        return known
    if known.is_settled(row.current_version, row.generation, now_s=time.monotonic()):
        return known
    lock = _loading
    if not lock.acquire(blocking=wait):
        return known
    try:
        return _load_newest(row.name)
    finally:
        lock.release()


def _load_newest(model_name: str) -> Held:
    """What is held after a load under the lock; the row is read again, for the wait may have been long."""
    known = _held.get(model_name) or Held(model_name)
    for row in _rows(model_name):
        wanted = row.current_version
        if wanted and not known.is_settled(wanted, row.generation, now_s=time.monotonic()):
            _held[model_name] = known = _loaded(known, wanted, row.generation)
            _stand_ins.pop(model_name, None)
    return known


def _loaded(known: Held, wanted: ModelVersion, generation: int) -> Held:
    """The wanted version in the slot, or the reason why not with the old slot or a fallback."""
    # A version that cannot be loaded is tried every few seconds: only the first time is news.
    is_retry = bool(known.problem) and known.is_about(wanted, generation)
    fresh, problem = _open(wanted, generation, is_news=not is_retry)
    if fresh is None:
        keep = _kept(known.slot, wanted) or _fallback_slot(wanted, generation, is_news=not is_retry)
        return Held(known.model_name, keep, wanted, generation, problem, time.monotonic())
    log.info("loaded", extra={"version": wanted.reference, "generation": generation})
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


def _find(model_name: str | None, reference: str) -> ModelVersion:
    named = "@" in reference or ":" in reference
    version = references.find(f"{model_name}:{reference}" if model_name and not named else reference)
    if model_name and version.model.name != model_name:
        raise NotFound(Code.VERSION_NOT_FOUND, f"{version} is not a version of {model_name!r}.")
    if not version.is_active:
        raise Conflict(Code.VERSION_NOT_DEPLOYABLE, f"{version} is deactivated. Activate it first.")
    return version


def _beside(version: ModelVersion) -> Slot:
    """A version for one request: the slot itself when it serves anyway, else one kept open beside."""
    current = _held.get(version.model.name)
    if current and current.slot and current.slot.version.pk == version.pk:
        return replace(current.slot, fallback_from="")  # it was asked for, so it stands in for nothing
    return besides.slot_of(version)


def _nothing(model_name: str, problem: str) -> Unavailable:
    why = problem or "Deploy a version first: POST /api/v1/model-management/{version}/deploy."
    return Unavailable(Code.NO_MODEL_LOADED, f"The model {model_name!r} serves nothing at present. {why}")
