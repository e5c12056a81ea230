"""Jobs for throw-away children that the product does not have: the sandbox alone, and bad behaviour."""

import ctypes
import io
import os
import time
from typing import Any

from modelhub.artifacts.quarantine.framing import Message


def prepare(spec: dict[str, Any]) -> None:
    """Import what the payloads want to use, so that only the lock-down stands in their way."""
    if spec["act"] == "load":
        import cProfile  # noqa: F401

        import joblib  # noqa: F401


def work(prepared: None, spec: dict[str, Any], message: Message) -> tuple[dict[str, Any], list[bytes]]:
    """Do what ``spec["act"]`` says."""
    return ACTS[spec["act"]](spec), []


def _load(spec: dict[str, Any]) -> dict[str, Any]:
    import joblib

    with os.fdopen(spec["files"][0], "rb") as source:
        data = source.read()
    try:
        joblib.load(io.BytesIO(data))
    except BaseException as error:
        return {"raised": type(error).__name__}
    return {"raised": ""}


def _crash(spec: dict[str, Any]) -> dict[str, Any]:
    ctypes.string_at(0)
    return {}


def _babble(spec: dict[str, Any]) -> dict[str, Any]:
    os.write(1, b"\x00" * 40 + b"not a message")
    os._exit(0)


def _flood(spec: dict[str, Any]) -> dict[str, Any]:
    while True:
        os.write(1, bytes(1 << 16))


def _leave(spec: dict[str, Any]) -> dict[str, Any]:
    os._exit(0)


def _sleep(spec: dict[str, Any]) -> dict[str, Any]:
    time.sleep(60)
    return {}


def _hoard(spec: dict[str, Any]) -> dict[str, Any]:
    return {"size": len([bytes(1 << 20) for _ in range(1 << 14)])}


def _descend(spec: dict[str, Any]) -> dict[str, Any]:
    return _descend(spec)


def _raise(spec: dict[str, Any]) -> dict[str, Any]:
    raise ValueError("the words of a hostile child")


ACTS = {
    "load": _load,
    "crash": _crash,
    "babble": _babble,
    "flood": _flood,
    "leave": _leave,
    "sleep": _sleep,
    "hoard": _hoard,
    "descend": _descend,
    "raise": _raise,
}
