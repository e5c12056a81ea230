"""The real loader: joblib's own reader, resolving names only from a table made before the lock-down."""

import importlib
import io
import warnings
from typing import Any

from joblib.numpy_pickle import NumpyUnpickler

from modelhub.artifacts.quarantine.allowlist import BYTES, INERT, REAL, Pair
from modelhub.artifacts.quarantine.refusal import Reason, Refused


class Native:
    """Stands for an object with native state: keeps constructor arguments and state, restores neither."""

    def __init__(self, *args: Any) -> None:
        self.arguments = args
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def resolve() -> dict[Pair, Any]:
    """Every allowed pair with the object it stands for; imports all their modules."""
    table: dict[Pair, Any] = dict.fromkeys(INERT, Native) | {BYTES: _latin1}
    for pair, (module, name) in REAL.items():
        table[pair] = getattr(importlib.import_module(module), name)
    return table


def load(stream: io.BytesIO, table: dict[Pair, Any]) -> Any:
    """The object of a joblib stream, made of allowed types only.

    Raises Refused: ``unsafe`` for a name outside the table, ``unreadable`` for everything the
    classes themselves refuse.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # versions were compared on the scan's findings
            return _Unpickler(stream, table).load()
    except (MemoryError, RecursionError, Refused):
        raise
    except Exception as error:  # a hostile stream can raise anything
        raise Refused(Reason.UNREADABLE) from error


def _latin1(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise Refused(Reason.UNSAFE)
    return text.encode("latin1")


class _Unpickler(NumpyUnpickler):  # type: ignore[misc]
    """Also the streams inside object arrays resolve here: joblib 1.6 hands this method on."""

    def __init__(self, stream: io.BytesIO, table: dict[Pair, Any]) -> None:
        super().__init__("", stream, ensure_native_byte_order=True)
        self._table = table

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._table[module, name]
        except (KeyError, TypeError):
            raise Refused(Reason.UNSAFE) from None

    def persistent_load(self, pid: Any) -> Any:
        raise Refused(Reason.UNSAFE)

    def get_extension(self, code: int) -> Any:
        raise Refused(Reason.UNSAFE)
