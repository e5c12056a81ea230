"""Files that run code when a plain ``joblib.load`` opens them."""

import bz2
import gzip
import io
import lzma
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.ensemble import IsolationForest

from tests.hostile.opcodes import call, called, named, stack_named, stream, value

Builder = Callable[[Path], bytes]


class _Touch:
    """Pickles into a call that creates the canary."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> Any:
        return open, (str(self.canary), "w")


def _joblib(obj: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(obj, buffer, **options)
    return buffer.getvalue()


def _forest(**attributes: Any) -> IsolationForest:
    forest = IsolationForest(n_estimators=2, max_samples=8, random_state=0)
    forest.fit(np.random.default_rng(0).standard_normal((20, 2)))
    for name, content in attributes.items():
        setattr(forest, name, content)
    return forest


def _touch(canary: Path) -> bytes:
    return call("builtins", "open", str(canary), "w")


def _code(canary: Path) -> str:
    return f"open({str(canary)!r}, 'w').close()"


def _object_array(content: Any) -> Any:
    array = np.empty(2, dtype=object)
    array[0] = content
    return array


def _inst(canary: Path) -> bytes:
    return b"(" + value(str(canary)) + value("w") + b"i" + b"builtins\nopen\n."


def _obj(canary: Path) -> bytes:
    return b"(" + named("builtins", "open") + value(str(canary)) + value("w") + b"o."


def _getattr_chain(canary: Path) -> bytes:
    module = called(named("builtins", "__import__"), "os")
    getter = named("builtins", "getattr") + b"(" + module + value("mkdir") + b"tR"
    return stream(getter + value((str(canary),)) + b"R")


def _partial(canary: Path) -> bytes:
    bound = named("functools", "partial") + b"(" + named("os", "mkdir") + value(str(canary)) + b"tR"
    return stream(bound + b")R")


def _popped(canary: Path) -> bytes:
    """The call's result is thrown away; the object that remains is an honest number."""
    return stream(called(named("builtins", "open"), str(canary), "w") + b"0" + value(1))


def _broken_after(canary: Path) -> bytes:
    return _touch(canary)[:-1] + b"\xff\xff"


def _memoized(canary: Path) -> bytes:
    """Module and name come from the memo, where simple scanners lose them."""
    body = value("builtins") + b"q\x10" + b"0" + value("open") + b"q\x11" + b"0" + b"h\x10h\x11\x93"
    return stream(called(body, str(canary), "w"))


def _in_set_state(canary: Path) -> bytes:
    return stream(
        called(named("numpy", "dtype"), "f8")
        + b"(" + value(3) + called(named("builtins", "open"), str(canary), "w") + b"tb"
    )  # fmt: skip


def _dict_key(canary: Path) -> bytes:
    return stream(b"}" + called(named("os", "mkdir"), str(canary)) + value(1) + b"s")


RUNNING: dict[str, Builder] = {
    "open": _touch,
    "open-protocol-0": lambda c: named("builtins", "open") + value((str(c), "w")) + b"R.",
    "open-stack-global": lambda c: stream(called(stack_named("builtins", "open"), str(c), "w")),
    "io-open": lambda c: call("io", "open", str(c), "w"),
    "file-io": lambda c: call("io", "FileIO", str(c), "w"),
    "os-mkdir": lambda c: call("os", "mkdir", str(c)),
    "posix-mkdir": lambda c: call("posix", "mkdir", str(c)),
    "os-system": lambda c: call("os", "system", f"touch {c}"),
    "subprocess": lambda c: call("subprocess", "check_output", ["/usr/bin/touch", str(c)]),
    "eval": lambda c: call("builtins", "eval", _code(c)),
    "exec": lambda c: call("builtins", "exec", _code(c)),
    "timeit": lambda c: call("timeit", "timeit", "pass", _code(c)),
    "profile": lambda c: call("cProfile", "run", _code(c)),
    "copyfile": lambda c: call("shutil", "copyfile", "/etc/hostname", str(c)),
    "log-file": lambda c: call("logging", "FileHandler", str(c)),
    "numpy-savetxt": lambda c: call("numpy", "savetxt", str(c), [1.0]),
    "numpy-runstring": lambda c: call("numpy.testing._private.utils", "runstring", _code(c), {}),
    "joblib-dump": lambda c: call("joblib.numpy_pickle", "dump", 1, str(c)),
    "getattr-chain": _getattr_chain,
    "partial": _partial,
    "inst": _inst,
    "obj": _obj,
    "dotted": lambda c: stream(called(stack_named("joblib.numpy_pickle", "os.mkdir"), str(c))),
    "dotted-twice": lambda c: stream(
        called(stack_named("joblib.numpy_pickle", "pickle.io.open"), str(c), "w")
    ),
    "memoized": _memoized,
    "popped": _popped,
    "broken-after": _broken_after,
    "in-state": _in_set_state,
    "dict-key": _dict_key,
    "second-stage-pickle": lambda c: call("_pickle", "loads", _touch(c)),
    "in-attribute": lambda c: _joblib(_forest(note=_Touch(c))),
    "in-list": lambda c: _joblib([_forest(), [_Touch(c)]]),
    "after-array": lambda c: _joblib([np.arange(9.0), _Touch(c)]),
    "object-array": lambda c: _joblib(_object_array(_Touch(c))),
    "object-array-in-attribute": lambda c: _joblib(_forest(note=_object_array(_Touch(c)))),
    "object-array-nested": lambda c: _joblib(_object_array(_object_array(_Touch(c)))),
    "object-array-compressed": lambda c: _joblib(_object_array(_Touch(c)), compress=("zlib", 3)),
    "zlib": lambda c: zlib.compress(_touch(c)),
    "gzip": lambda c: gzip.compress(_touch(c)),
    "bz2": lambda c: bz2.compress(_touch(c)),
    "xz": lambda c: lzma.compress(_touch(c)),
    "lzma": lambda c: lzma.compress(_touch(c), format=lzma.FORMAT_ALONE),
    "plain-pickle": lambda c: pickle.dumps(_Touch(c)),
}
