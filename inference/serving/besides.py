"""Versions asked for by single requests (``?version=``): a few are kept open beside what serves.

Finding one that is open never waits for another being opened, here or for what serves.
"""

import threading
from collections import OrderedDict

from django.db.models import prefetch_related_objects
from django.utils import timezone

from inference.serving import opening
from inference.serving.slots import Slot
from modelhub.errors import Code, Conflict, NotFound
from modelhub.registry import references
from modelhub.registry.models import ModelVersion

MOST_OPEN = 4

_open: OrderedDict[tuple[int, str], Slot] = OrderedDict()  # least recently asked for first
_reading = threading.Lock()
_opening = threading.Lock()


def find(model_name: str | None, reference: str) -> ModelVersion:
    """The version that a request asks for by ``?version=`` and perhaps ``?model=``.

    Raises NotFound or Conflict for a reference that names no usable version.
    """
    named = "@" in reference or ":" in reference
    version = references.find(f"{model_name}:{reference}" if model_name and not named else reference)
    if model_name and version.model.name != model_name:
        raise NotFound(Code.VERSION_NOT_FOUND, f"{version} is not a version of {model_name!r}.")
    if not version.is_active:
        raise Conflict(Code.VERSION_NOT_DEPLOYABLE, f"{version} is deactivated. Activate it first.")
    if _known(version) is None:  # opening it must not wait for the database, which is asked here in time
        prefetch_related_objects([version], "artifacts")
    return version


def slot_of(version: ModelVersion) -> Slot:
    """The version, opened now or by an earlier request; raises as :func:`opening.open_version`."""
    found = _known(version)
    if found is not None:
        return found
    with _opening:  # one at a time, so that a burst of first requests opens it once
        return _known(version) or _opened(version)


def forget() -> None:
    """Keep nothing open: a fresh start, for a forked process and for tests."""
    global _reading, _opening
    _reading, _opening = threading.Lock(), threading.Lock()
    _open.clear()


def _known(version: ModelVersion) -> Slot | None:
    key = (version.pk, version.digest)
    with _reading:
        if key in _open:
            _open.move_to_end(key)
        return _open.get(key)


def _opened(version: ModelVersion) -> Slot:
    fresh = Slot(version, opening.open_version(version), version.model.generation, timezone.now())
    with _reading:
        _open[(version.pk, version.digest)] = fresh
        while len(_open) > MOST_OPEN:
            _open.popitem(last=False)
    return fresh
