"""The dry scan: read a joblib file to its end with every global replaced by an inert stand-in.

Nothing is imported or constructed, so the list of (module, name) pairs is complete even for a file
that would act while being read: behind arrays, in the nested streams of object arrays, in
compressed data.
"""

import io
import pickle
from dataclasses import dataclass, field
from typing import Any, ClassVar

from modelhub.artifacts.quarantine.allowlist import WRAPPER, Pair
from modelhub.artifacts.quarantine.refusal import Reason, Refused
from modelhub.artifacts.safeform.trusted import ESTIMATORS

_DTYPE: Pair = ("numpy", "dtype")
_PROTO = 0x80
NO_VERSION = "pre-0.18"  # scikit-learn's own word for a state without a version


@dataclass(slots=True)
class Findings:
    """What one stream refers to; ``versions`` are the scikit-learn versions its states name."""

    pairs: set[Pair] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    protocol: int = 0


def scan(stream: io.BytesIO, *, memory_bytes: int, findings: Findings) -> None:
    """Fill ``findings``, also with what was seen before a refusal.

    Raises Refused: ``corrupt``, ``trailing``, or ``too_large`` for an array claiming over
    ``memory_bytes``.
    """
    head = stream.read(2)
    stream.seek(0)
    findings.protocol = head[1] if len(head) == 2 and head[0] == _PROTO else 0
    try:
        _Scanner(stream, findings, memory_bytes).load()
    except (MemoryError, RecursionError, Refused):
        raise
    except Exception as error:  # a hostile stream can raise anything from the pickle machine
        raise Refused(Reason.CORRUPT) from error
    if stream.read(1):
        raise Refused(Reason.TRAILING)


class _Inert:
    """Stands for any object: takes every argument, item and state, and does nothing with them."""

    pair: ClassVar[Pair]
    findings: ClassVar[Findings]

    def __new__(cls, *args: Any, **kwargs: Any) -> "_Inert":
        self = object.__new__(cls)
        self.args = args
        self.state = None
        return self

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args: tuple[Any, ...]
        self.state: Any

    def __setstate__(self, state: Any) -> None:
        self.state = state
        module, name = self.pair
        if ESTIMATORS.get(name) == module and isinstance(state, dict):
            self.findings.versions.add(str(state.get("_sklearn_version", NO_VERSION))[:40])

    def append(self, item: Any) -> None:
        """Take and forget."""

    extend = add = append

    def __setitem__(self, key: Any, value: Any) -> None:
        """Take and forget."""


class _Scanner(pickle._Unpickler):
    """The pure-Python pickle machine, the base of joblib's reader, resolving nothing."""

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)

    def __init__(self, stream: io.BytesIO, findings: Findings, memory_bytes: int) -> None:
        super().__init__(stream)
        self._stream = stream
        self._findings = findings
        self._memory_bytes = memory_bytes
        self._classes: dict[Pair, type[_Inert]] = {}

    def find_class(self, module: str, name: str) -> Any:
        return self._stand_in((str(module), str(name)))

    def persistent_load(self, pid: Any) -> Any:
        return self._stand_in(("(persistent id)", str(pid)[:80]))()

    def get_extension(self, code: int) -> None:
        self.append(self._stand_in(("(extension registry)", str(code))))  # type: ignore[attr-defined]

    def load_build(self) -> None:
        """As joblib: after the state of an array wrapper come the array's bytes."""
        super().load_build()  # type: ignore[misc]
        built = self.stack[-1]  # type: ignore[attr-defined]
        if isinstance(built, _Inert) and built.pair == WRAPPER:
            self._skip_array(built.state)

    dispatch[pickle.BUILD[0]] = load_build

    def _stand_in(self, pair: Pair) -> type[_Inert]:
        self._findings.pairs.add(pair)
        if pair not in self._classes:
            attributes = {"pair": pair, "findings": self._findings}
            self._classes[pair] = type("Inert", (_Inert,), attributes)
        return self._classes[pair]

    def _skip_array(self, state: dict[str, Any]) -> None:
        item_bytes, has_objects = _layout(state["dtype"])
        if has_objects:
            _Scanner(self._stream, self._findings, self._memory_bytes).load()
            return
        size = item_bytes
        for length in state["shape"]:
            size *= _natural(length)
        if size > self._memory_bytes:
            raise Refused(Reason.TOO_LARGE)
        if state.get("numpy_array_alignment_bytes") is not None:
            size += self._stream.read(1)[0]
        if len(self._stream.getbuffer()) - self._stream.tell() < size:
            raise Refused(Reason.CORRUPT)
        self._stream.seek(size, io.SEEK_CUR)


def _layout(dtype: Any) -> tuple[int, bool]:
    """Bytes per item and whether items are Python objects, read off a dtype's pickled state."""
    if not isinstance(dtype, _Inert) or dtype.pair != _DTYPE:
        raise Refused(Reason.CORRUPT)
    code = dtype.args[0]
    state = dtype.state or (3, "|", None, None, None, -1, -1, 0)
    parts = [field[0] for field in (state[4] or {}).values()] + ([state[2][0]] if state[2] else [])
    has_objects = code.startswith("O") or any(_layout(part)[1] for part in parts)
    return _natural(state[5] if state[5] >= 0 else int(code[1:] or 1)), has_objects


def _natural(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise Refused(Reason.CORRUPT)
    return value
