"""What this process serves: the only state kept in memory, always replaceable from the database.

Each registered model has one :class:`Slot`, an immutable object that is swapped as one reference: a
request sees one version from beginning to end. A newer generation is loaded beside the old one by one
thread while the others go on with the old; when it cannot be loaded the old one stays.
"""

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import DatabaseError
from django.utils import timezone

from inference import opening
from inference.pipeline import ScoringModel
from modelhub import conf
from modelhub.errors import Code, Conflict, ModelhubError, NotFound, Unavailable
from modelhub.registry import references
from modelhub.registry.models import ModelVersion, RegisteredModel

log = logging.getLogger(__name__)
CHECK_S = 0.5
RETRY_S = 5.0  # a version that could not be loaded is read again this often: its blob may come back
EXTRA_SLOTS = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """One version in service: the row as it was, the scoring model, and when (UTC) it came."""

    version: ModelVersion
    model: ScoringModel
    generation: int
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds for one registered model, and how that compares with the database.

    ``generation`` and ``wanted`` are what the database asks for; ``problem`` says why ``slot`` is something
    else, or is empty. ``checked_s`` and ``failed_s`` are monotonic times.
    """

    model_name: str
    slot: Slot | None = None
    wanted: ModelVersion | None = None
    generation: int = -1
    problem: str = ""
    checked_s: float = 0.0
    failed_s: float = 0.0

    def holds(self, wanted: ModelVersion, generation: int) -> bool:
        """True when the slot is what the database asks for."""
        loaded = self.slot
        return loaded is not None and (loaded.version.pk, loaded.version.digest, loaded.generation) == (
            wanted.pk,
            wanted.digest,
            generation,
        )

    def failed_before(self, wanted: ModelVersion, generation: int, *, now_s: float) -> bool:
        """True when just this could not be loaded a moment ago."""
        same = self.wanted is not None and (self.wanted.pk, self.generation) == (wanted.pk, generation)
        return same and bool(self.problem) and now_s - self.failed_s < RETRY_S


_held: dict[str, Held] = {}
_loading = threading.Lock()
_extra: OrderedDict[tuple[int, str], Slot] = OrderedDict()


def open_version(version: ModelVersion) -> ScoringModel:
    """The version, ready to score; see :func:`inference.opening.open_version`."""
    return opening.open_version(version)


def preflight(version: ModelVersion) -> None:
    """Return when the version can serve here; raises ModelhubError. Hook ``DEPLOY_PREFLIGHT``."""
    opening.try_out(version)


def slot(model_name: str) -> Slot:
    """What the registered model serves here, at most half a second behind the database.

    While the database does not answer, what is loaded goes on serving. Raises NotFound
    (``model_not_found``) and Unavailable (``no_model_loaded``).
    """
    held = _held.get(model_name)
    if held is None or time.monotonic() - held.checked_s >= CHECK_S:
        held = _checked(model_name, held)
    if held.slot is None:
        raise _nothing(model_name, held.problem)
    return held.slot


def for_request(model_name: str | None, reference: str | None) -> Slot:
    """The slot of one request: ``?model=``, ``?version=``, or what the default model serves.

    Raises as :func:`slot`, and NotFound or Conflict for a reference that names no usable version.
    """
    if reference:
        return _extra_slot(_find(model_name, reference))
    name = model_name or conf.default_model()
    try:
        return slot(name)
    except NotFound:
        if model_name:
            raise
        raise _nothing(name, "") from None


def refresh() -> None:
    """Every registered model is as the database says, as far as it can be loaded; never raises.

    Hook ``ON_SERVING_CHANGED``.
    """
    try:
        rows = list(_rows())
        for row in rows:
            _bring_up_to_date(row, wait=True)
        for gone in _held.keys() - {row.name for row in rows}:
            _held.pop(gone, None)
    except DatabaseError:
        log.warning("the database does not answer; what is loaded goes on serving")
    except Exception:
        log.exception("what is served could not be refreshed")


def status() -> dict[str, str]:
    """For every registered model that should serve: its problem here, or "". Hook ``SERVING_STATUS``.

    Raises DatabaseError.
    """
    return {row.name: _bring_up_to_date(row, wait=True).problem for row in _rows()}


def held() -> list[Held]:
    """What this process holds, by model name."""
    return [_held[name] for name in sorted(_held)]


def forget() -> None:
    """Hold nothing: a fresh start, for a forked process and for tests."""
    global _loading
    _loading = threading.Lock()
    _held.clear()
    _extra.clear()


def _rows(name: str | None = None) -> list[RegisteredModel]:
    rows = RegisteredModel.objects.select_related("current_version__model")
    wanted = rows.filter(current_version__isnull=False) if name is None else rows.filter(name=name)
    return list(wanted)


def _checked(model_name: str, known: Held | None) -> Held:
    try:
        found = _rows(model_name)
    except DatabaseError:
        if known is None or known.slot is None:
            raise
        _held[model_name] = known = replace(known, checked_s=time.monotonic())
        return known
    if not found:
        _held.pop(model_name, None)
        raise NotFound(Code.MODEL_NOT_FOUND, f"There is no registered model {model_name!r}.")
    return _bring_up_to_date(found[0], wait=known is None or known.slot is None)


def _bring_up_to_date(row: RegisteredModel, *, wait: bool) -> Held:
    """What is held after a look at the model's row; only one thread loads, others wait only if told to."""
    known = _held.get(row.name) or Held(row.name)
    if row.current_version is None:
        return _keep(Held(row.name, generation=row.generation, checked_s=time.monotonic()))
    if _is_settled(known, row.current_version, row.generation):
        return _keep(replace(known, checked_s=time.monotonic()))
    if not _loading.acquire(blocking=wait):
        return known
    try:
        known = _held.get(row.name) or Held(row.name)
        if _is_settled(known, row.current_version, row.generation) or known.generation > row.generation:
            return known  # another thread was faster, perhaps with a newer row
        return _keep(_load(known, row.current_version, row.generation))
    finally:
        _loading.release()


def _is_settled(known: Held, wanted: ModelVersion, generation: int) -> bool:
    return known.holds(wanted, generation) or known.failed_before(wanted, generation, now_s=time.monotonic())


def _keep(held: Held) -> Held:
    _held[held.model_name] = held
    return held


def _load(known: Held, wanted: ModelVersion, generation: int) -> Held:
    """``known`` with the wanted version in its slot, or with the reason why not and the old slot."""
    now = Held(known.model_name, known.slot, wanted, generation)
    try:
        model = opening.open_version(wanted, generation=generation)
    except ModelhubError as error:
        problem = f"{wanted} could not be loaded: {error.detail}"
        log.error("load failed", extra={"version": wanted.reference, "code": str(error.code)})
    except DatabaseError:
        raise
    except Exception:
        problem = f"{wanted} could not be loaded. The log has the details."
        log.exception("load failed", extra={"version": wanted.reference})
    else:
        log.info("loaded", extra={"version": wanted.reference, "generation": generation})
        fresh = Slot(wanted, model, generation, timezone.now())
        return replace(now, slot=fresh, checked_s=time.monotonic())
    return replace(now, problem=problem, checked_s=time.monotonic(), failed_s=time.monotonic())


def _find(model_name: str | None, reference: str) -> ModelVersion:
    named = "@" in reference or ":" in reference
    version = references.find(f"{model_name}:{reference}" if model_name and not named else reference)
    if model_name and version.model.name != model_name:
        raise NotFound(Code.VERSION_NOT_FOUND, f"{version} is not a version of {model_name!r}.")
    if not version.is_active:
        raise Conflict(Code.VERSION_NOT_DEPLOYABLE, f"{version} is deactivated. Activate it first.")
    return version


def _extra_slot(version: ModelVersion) -> Slot:
    """The version beside what serves: the slot itself when it is current, else one of a few kept open."""
    current = _held.get(version.model.name)
    if current and current.slot and current.slot.version.pk == version.pk:
        return current.slot
    key = (version.pk, version.digest)
    with _loading:
        found = _extra.pop(key, None) or Slot(
            version, opening.open_version(version), version.model.generation, timezone.now()
        )
        _extra[key] = found
        while len(_extra) > EXTRA_SLOTS:
            _extra.popitem(last=False)
    return found


def _nothing(model_name: str, problem: str) -> Unavailable:
    why = problem or "Deploy a version first: POST /api/v1/model-management/{version}/deploy."
    return Unavailable(Code.NO_MODEL_LOADED, f"The model {model_name!r} serves nothing at present. {why}")
