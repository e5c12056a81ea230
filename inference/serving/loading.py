"""What this process serves: the only state kept in memory, always replaceable from the database.

Each registered model has one slot, an immutable object that is swapped as one reference: a request
sees one version from beginning to end. A newer generation is loaded beside the old one by one
thread while the others go on with the old; when it cannot be loaded the old one stays.

In a process that serves, one thread looks at the database (:mod:`inference.watching`) and a request finds
what it needs in a dictionary, so that no request waits for the database. Any other process looks itself
when it is asked for a model.
"""

import logging
import threading
import time
from dataclasses import replace

from django.db import DatabaseError

from inference.serving import besides, opening, succession
from inference.serving.slots import Held, Slot
from modelhub import conf, databases
from modelhub.errors import Code, NotFound, Unavailable
from modelhub.registry import references
from modelhub.registry.models import ModelVersion, RegisteredModel

log = logging.getLogger(__name__)
CHECK_S = 0.5
ASK_S = 0.8  # what a request of a serving process waits for the database, where it must ask at all

_held: dict[str, Held] = {}
_stand_ins: dict[str, Slot] = {}
_looked_s: dict[str, float] = {}  # monotonic time of the last look at the database, by model name
_loading = threading.Lock()
_changed = threading.Event()
_is_serving = False
_caught_up_s = 0.0  # monotonic time of the last look at all models that led to an answer
_is_database_away = False
_trouble = ""  # what kept the last catching up from its work: only changes of this are logged


def preflight(version: ModelVersion) -> None:
    """Return when the version can serve here; raises ModelhubError. Hook ``DEPLOY_PREFLIGHT``."""
    opening.try_out(version)


def slot(model_name: str) -> Slot:
    """What the registered model serves here, at most half a second behind the database.

    While the database does not answer, what is loaded goes on serving. Raises NotFound
    (``model_not_found``) and Unavailable (``no_model_loaded``; ``database_unavailable`` in a serving
    process that never heard of the model and gets no answer about it).
    """
    held = _held.get(model_name)
    if held is None and _is_serving:
        held = databases.within(ASK_S, lambda: _looked_up(model_name, None))
    elif held is None or not (_is_serving or _is_fresh(model_name)):
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


def substitutes() -> dict[str, Slot]:
    """What answers here in place of a model's version, by model name."""
    return dict(_stand_ins)


def for_request(model_name: str | None, reference: str | None) -> Slot:
    """The slot of one request: ``?model=``, ``?version=``, or what the default model serves.

    Raises as :func:`slot`, and NotFound or Conflict for a reference that names no usable version.
    """
    if reference:
        return _beside(databases.within(ASK_S, lambda: besides.find(model_name, reference)))
    name = model_name or conf.default_model()
    try:
        return slot(name)
    except NotFound:
        if model_name:
            raise
        raise _nothing(name, "") from None


def begin_serving() -> None:
    """From now on this process serves: :func:`refresh` loads at once."""
    global _is_serving, _caught_up_s
    _is_serving, _caught_up_s = True, time.monotonic()


def caught_up_s() -> float | None:
    """Seconds since this process last knew what the database says; None where it does not serve."""
    return time.monotonic() - _caught_up_s if _is_serving else None


def is_database_away() -> bool:
    """True when the last look of this process at all models ended in the database's error."""
    return _is_database_away


def refresh() -> None:
    """The next request sees what the database says now; never raises. Hook ``ON_SERVING_CHANGED``.

    A serving process loads it before this returns; any other one only when it is asked for a model.
    """
    _looked_s.clear()
    if _is_serving:
        catch_up()
        _changed.set()


def wait_for_change(seconds: float) -> None:
    """Returns once something was deployed through this process, after ``seconds`` at the latest."""
    _changed.wait(seconds)
    _changed.clear()


def catch_up() -> None:
    """Every registered model is as the database says, as far as it can be loaded; never raises."""
    global _trouble, _caught_up_s, _is_database_away
    try:
        looked_s, rows = time.monotonic(), _rows()
        for row in rows:
            _bring_up_to_date(row, wait=True)
        _drop_gone(_held.keys() - {row.name for row in rows})
        _trouble, _caught_up_s, _is_database_away = "", max(looked_s, _caught_up_s), False
    except Exception as error:
        _is_database_away = isinstance(error, DatabaseError)
        known, _trouble = _trouble, type(error).__name__
        if known == _trouble:
            return
        if _is_database_away:
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
    standing = list(_held.values())  # in one step: other threads load and drop meanwhile
    return sorted(standing, key=lambda one: one.model_name)


def forget() -> None:
    """Hold nothing: a fresh start, for a forked process and for tests."""
    global _loading, _changed, _is_serving, _caught_up_s, _is_database_away, _trouble
    _loading, _changed = threading.Lock(), threading.Event()
    _is_serving, _caught_up_s, _is_database_away, _trouble = False, 0.0, False, ""
    _held.clear()
    _stand_ins.clear()
    _looked_s.clear()
    besides.forget()


def _rows(name: str | None = None) -> list[RegisteredModel]:
    rows = RegisteredModel.objects.select_related("current_version__model")
    if name is None:
        return list(rows.filter(current_version__isnull=False))
    return list(rows.filter(name=references.searchable(name)))


def _is_fresh(model_name: str) -> bool:
    return time.monotonic() - _looked_s.get(model_name, 0.0) < CHECK_S


def _drop_gone(names: set[str]) -> None:
    for name in names:
        if not any(row.current_version for row in _rows(name)):  # it may have been deployed just now
            _held.pop(name, None)


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
            _held[model_name] = known = succession.follow(known, wanted, row.generation)
            _stand_ins.pop(model_name, None)
    return known


def _beside(version: ModelVersion) -> Slot:
    """A version for one request: the slot itself when it serves anyway, else one kept open beside."""
    current = _held.get(version.model.name)
    if current and current.slot and current.slot.version.pk == version.pk:
        return replace(current.slot, fallback_from="")  # it was asked for, so it stands in for nothing
    return besides.slot_of(version)


def _nothing(model_name: str, problem: str) -> Unavailable:
    why = problem or "Deploy a version first: POST /api/v1/model-management/{version}/deploy."
    return Unavailable(Code.NO_MODEL_LOADED, f"The model {model_name!r} serves nothing at present. {why}")
