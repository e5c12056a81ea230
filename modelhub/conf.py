"""Typed access to the hub's own settings, read at call time so that tests can override them."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.functional import empty
from django.utils.module_loading import import_string


def _value(name: str) -> Any:
    # What stands behind Django's proxy, where it stands already: a scoring call asks several times.
    behind = object.__getattribute__(settings, "_wrapped")
    return (settings if behind is empty else behind).MODELHUB[name]


def store_root() -> Path:
    """Folder of the content-addressed store."""
    return Path(_value("STORE"))


def staging_root() -> Path:
    """Folder where packages are unpacked; on the same file system as the store."""
    return Path(_value("STAGING"))


def metering_root() -> Path:
    """Folder of the small files in which every process counts what it answered."""
    return Path(_value("METERING"))


def exposition_root() -> Path:
    """Folder of the numbers behind ``/metrics``, beside the meters' files."""
    return metering_root().with_name("exposition")


def default_model() -> str:
    """Name of the registered model that a reference without a name means."""
    return str(_value("DEFAULT_MODEL"))


def number(name: str) -> int:
    """A limit by its name in ``settings.MODELHUB``."""
    return int(_value(name))


def flag(name: str) -> bool:
    """A switch by its name in ``settings.MODELHUB``."""
    return bool(_value(name))


def text(name: str) -> str:
    """A word or address by its name in ``settings.MODELHUB``."""
    return str(_value(name))


def names(name: str) -> list[str]:
    """A list of words by its name in ``settings.MODELHUB``."""
    return list(_value(name))


def hook(name: str) -> Any:
    """The callable behind a dotted path in ``settings.MODELHUB`` (how lower rooms call upward)."""
    return import_string(_value(name))


def hooks(name: str) -> list[Any]:
    """The callables behind a list of dotted paths in ``settings.MODELHUB``."""
    return [import_string(path) for path in _value(name)]


def hook_path(name: str) -> str:
    """The dotted path itself, for child processes that import it on their own."""
    return str(_value(name))
