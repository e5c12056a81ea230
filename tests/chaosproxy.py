"""A TCP proxy that behaves badly on request: slow, silent, dripping, resetting, or deaf after so many bytes.

It stands between the hub and one of its servers. What it does is decided anew for every piece of data, so
connections that are open already are hit too.
"""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_PIECE = 65_536
_DRIP_S = 0.9  # shorter than a time limit of one second on each read, which it must not get around
_NOW = struct.pack("ii", 1, 0)  # linger for no time: close with a reset


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to a connection; the default is an honest proxy.

    ``latency_s`` is added to every piece of data in both directions; ``silent`` accepts and never answers;
    ``drip`` lets about one byte of an answer through in a second; ``reset`` breaks every connection;
    ``deaf_after`` stops an answer after that many bytes.
    """

    latency_s: float = 0.0
    silent: bool = False
    drip: bool = False
    reset: bool = False
    deaf_after: int | None = None


HONEST = Behaviour()
FAULTS = {
    "each answer late": Behaviour(latency_s=1.1),  # none so late that the server would be taken for silent
    "two seconds late": Behaviour(latency_s=2.0),
    "silent": Behaviour(silent=True),
    "one byte a second": Behaviour(drip=True),
    "reset": Behaviour(reset=True),
    "deaf after 20 bytes": Behaviour(deaf_after=20),
}


class Proxy:
    """Listens on ``port`` of the loopback and passes on to another port there."""

    def __init__(self, target: int) -> None:
        self.behaviour = HONEST
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def behaving(self, behaviour: Behaviour) -> Iterator[None]:
        """As told within the block, honest afterwards; what hung in a bad connection is cut off then."""
        self.behaviour = behaviour
        if behaviour.reset:
            self.cut()
        try:
            yield
        finally:
            self.behaviour = HONEST
            self.cut()

    def cut(self) -> None:
        """Every open connection is reset."""
        with self._lock:
            for one in self._open:
                _reset(one)
            self._open.clear()

    def close(self) -> None:
        """Nothing listens any more, and nothing is open."""
        _reset(self._listener)
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.behaviour.reset:
                _reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            for taker, giver in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(taker, giver, giver is client), daemon=True).start()

    def _pass(self, taker: socket.socket, giver: socket.socket, is_answer: bool) -> None:
        """Carry one direction until it ends."""
        passed = 0
        with suppress(OSError):
            while data := taker.recv(_PIECE):
                for piece in self._pieces(data, is_answer):
                    while self._holds(passed, is_answer):
                        time.sleep(0.05)
                    giver.sendall(piece)
                    passed += len(piece)
            giver.shutdown(socket.SHUT_WR)
            return
        self._drop(taker, giver)

    def _pieces(self, data: bytes, is_answer: bool) -> Iterator[bytes]:
        """The data as it may go on, each piece when it may."""
        while data:
            now = self.behaviour
            drips = now.drip and is_answer
            time.sleep(_DRIP_S if drips else now.latency_s)
            length = 1 if drips else len(data) if now.deaf_after is None else now.deaf_after
            yield data[:length]
            data = data[length:]

    def _holds(self, passed: int, is_answer: bool) -> bool:
        now = self.behaviour
        return now.silent or (is_answer and now.deaf_after is not None and passed >= now.deaf_after)

    def _drop(self, *pair: socket.socket) -> None:
        with self._lock:
            for one in pair:
                self._open.discard(one)
                _reset(one)


def _reset(one: socket.socket) -> None:
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOW)
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)  # wakes whoever reads from it
    one.close()


@contextmanager
def before(target: int) -> Iterator[Proxy]:
    """An honest proxy in front of that loopback port, closed afterwards."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
