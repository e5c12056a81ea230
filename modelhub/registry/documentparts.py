"""The parts of registry documents: entries and aliases as values, and members read with their pointer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from modelhub.artifacts import labels
from modelhub.errors import Code, FieldError, InputInvalid, ModelhubError

TEMPORARY = re.compile(r"tmp[a-z0-9_]{8}(\.zip)?")  # as Python and its callers name them


class Shape(StrEnum):
    """Who writes documents like this one."""

    HUB = "modelhub"
    SERVICE = "training service"


@dataclass(frozen=True, slots=True)
class Entry:
    """One version as a document describes it.

    ``pointer`` is its place (JSON pointer). ``model`` is empty where the document names none. ``path`` are
    steps below a source's root, empty where none is usable, and ``remark`` says why. ``says`` are the facts
    to compare, under the names of our own document. ``problem`` says why the entry cannot be used at all.
    """

    pointer: str
    label: str
    model: str = ""
    digest: str = ""
    path: tuple[str, ...] = ()
    says: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """An alias of a document: what it is called, and the content that it meant."""

    model: str
    name: str
    label: str
    digest: str


@dataclass(frozen=True, slots=True)
class Document:
    """What a document holds, in its order; ``ignored`` are keys at its top that name no version."""

    shape: Shape
    entries: tuple[Entry, ...]
    aliases: tuple[NamedVersion, ...] = ()
    ignored: tuple[str, ...] = ()


def label_problem(label: str) -> str:
    """Why nothing can be called that, or empty."""
    if TEMPORARY.fullmatch(label):
        return "This is the name of a temporary file, not a version."
    try:
        labels.check_label(label)
    except ModelhubError as refused:
        return refused.detail
    return ""


def check_object(value: Any, at: str) -> None:
    """Return for an object; raises InputInvalid (``body_invalid``) with the pointer otherwise."""
    if not isinstance(value, dict):
        raise malformed(at, "It must be an object.")


_MISSING = object()
_KINDS: Mapping[Any, str] = {str: "text", list: "a list", dict: "an object"}


def member(holder: Mapping[str, Any], name: str, kind: type[Any], at: str, *, default: Any = _MISSING) -> Any:
    """The member of that type; ``default`` where it is absent or null, if there is a default.

    Raises InputInvalid (``body_invalid``) with its pointer.
    """
    value = holder.get(name)
    if value is None and default is not _MISSING:
        return default
    if not isinstance(value, kind):
        raise malformed(f"{at}/{name}", f"It must be {_KINDS[kind]}.")
    return value


def malformed(pointer: str, why: str) -> InputInvalid:
    """The fault of a document that has another shape than it must have at ``pointer``."""
    where = pointer[:200] or "the top level"
    fault = FieldError(pointer, why, str(Code.BODY_INVALID))
    return InputInvalid(
        Code.BODY_INVALID, f"The registry document is malformed at {where}: {why}", errors=(fault,)
    )
