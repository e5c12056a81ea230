"""Pickle streams put together by hand, for what no honest pickler would write."""

import pickle
from typing import Any


def value(obj: Any) -> bytes:
    """The opcodes that push a plain value."""
    return pickle.dumps(obj, protocol=2)[2:-1]


def stream(body: bytes, *, protocol: int = 4) -> bytes:
    """A whole pickle around a body that leaves one value on the stack."""
    return b"\x80" + bytes([protocol]) + body + b"."


def named(module: str, name: str) -> bytes:
    """GLOBAL: a name in the oldest spelling."""
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def stack_named(module: str, name: str) -> bytes:
    """STACK_GLOBAL: a name in the new spelling, which may be dotted."""
    return value(module) + value(name) + b"\x93"


def called(callable_: bytes, *args: Any) -> bytes:
    """REDUCE: call what ``callable_`` pushes with plain arguments."""
    return callable_ + value(args) + b"R"


def call(module: str, name: str, *args: Any) -> bytes:
    """A whole pickle whose value is the result of one call."""
    return stream(called(named(module, name), *args))
