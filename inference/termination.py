"""A polite end (SIGTERM, a closed terminal) as an exception, so that work in progress can be tidied up."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Terminated(SystemExit):
    """The process was told to end; its exit code is the shell's for the signal (128 + number)."""


@contextmanager
def terminable() -> Iterator[None]:
    """Within the block a signal that would end the process at once raises Terminated instead.

    A signal that somebody handles or ignores already (``nohup``) is left alone, and so is
    everything outside of the main thread, where Python allows no handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _terminate)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    for ours in _SIGNALS:
        if signal.getsignal(ours) is _terminate:
            signal.signal(ours, signal.SIG_IGN)  # whoever sends it twice must not interrupt the tidying up
    raise Terminated(128 + number)
