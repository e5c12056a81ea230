"""Clients that score while versions are swapped under them, and the judge of what they were answered.

All clients live in one process and one loop, so that they cost the machine little beside the server. An
answer is whole when its model block, its threshold and every score belong to one and the same version.
"""

import heapq
import json
import selectors
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HEAD = "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is sent again and again, and where its scores stand in the answer."""

    name: str
    request: bytes

    def scores(self, answer: Mapping[str, Any]) -> list[float]:
        """Every score of an answer, in order."""
        if self.name == "predict":
            return list(answer["scores"])
        return [result["analysis_result"]["anomaly_score"] for result in answer["results"]]

    def versions(self, answer: Mapping[str, Any]) -> set[str]:
        """Every version that an answer names."""
        named = {answer["model"]["version"]}
        if self.name == "analyze":
            named |= {result["model_version"] for result in answer["results"]}
            named |= {result["analysis_result"]["model_version"] for result in answer["results"]}
        return named


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answer: when it was asked for and came (monotonic), and which version gave it."""

    sent_s: float
    came_s: float
    call: str
    status: int
    version: str = ""
    generation: int = -1


@dataclass
class Judge:
    """What each version answers to each call; notes answers that belong to no single version."""

    truth: dict[tuple[str, str], tuple[float, list[float]]] = field(default_factory=dict)
    mixed: list[str] = field(default_factory=list)

    def learn(self, call: Call, answer: Mapping[str, Any]) -> None:
        """This is how that version answers: threshold and scores."""
        known = (answer["model"]["threshold"], call.scores(answer))
        self.truth[call.name, answer["model"]["version"]] = known

    def judge(self, call: Call, answer: Mapping[str, Any]) -> None:
        """A mixed answer is kept."""
        version = answer["model"]["version"]
        threshold, scores = self.truth.get((call.name, version), (None, []))
        found = call.scores(answer)
        same = len(found) == len(scores) and all(
            abs(a - b) < 1e-9 for a, b in zip(found, scores, strict=True)
        )
        if call.versions(answer) != {version} or answer["model"]["threshold"] != threshold or not same:
            self.mixed.append(f"{call.name} {version}: {call.versions(answer)}")


@dataclass
class _Client:
    """One connection that is kept open; ``number`` counts its requests."""

    connection: socket.socket
    number: int
    sent_s: float = 0.0
    received: bytes = b""
    wanted: int = 0  # bytes of the whole answer, 0 while its head is not there


class Clients:
    """A number of connections to one server; each waits ``pause_s`` after an answer before it asks again."""

    def __init__(
        self, port: int, calls: Sequence[Call], judge: Judge, *, count: int, pause_s: float = 0.0
    ) -> None:
        self._port, self._calls, self._judge, self._pause_s = port, calls, judge, pause_s
        self._count = count
        self.exchanges: list[Exchange] = []
        self.broken = 0

    def run(self, is_over: Callable[[], bool]) -> None:
        """Ask until ``is_over``; whoever has been asked by then is waited for."""
        with selectors.DefaultSelector() as selector:
            due: list[tuple[float, int, _Client]] = []
            for number in range(self._count):
                heapq.heappush(due, (0.0, number, _Client(_connected(self._port), number)))
            asked, over = 0, False
            while asked or not over:
                over = over or is_over()
                now_s = time.monotonic()
                while not over and due and due[0][0] <= now_s:
                    client = heapq.heappop(due)[2]
                    self._ask(client)
                    selector.register(client.connection, selectors.EVENT_READ, client)
                    asked += 1
                wait_s = min(max(due[0][0] - now_s, 0.0), 0.05) if due and not over else 0.05
                for key, _ in selector.select(wait_s):
                    client = key.data
                    if self._received(client):
                        selector.unregister(client.connection)
                        asked -= 1
                        if client.connection.fileno() < 0 or client.wanted < 0:
                            client = _Client(_connected(self._port), client.number)
                        heapq.heappush(due, (time.monotonic() + self._pause_s, client.number, client))
            for _, _, client in due:
                client.connection.close()

    def _ask(self, client: _Client) -> None:
        call = self._calls[client.number % len(self._calls)]
        client.received, client.wanted, client.sent_s = b"", 0, time.monotonic()
        client.connection.sendall(call.request)

    def _received(self, client: _Client) -> bool:
        """True when the answer is complete, or the connection ended before it."""
        try:
            piece = client.connection.recv(1 << 18)
        except OSError:
            piece = b""
        if not piece:
            self.broken += 1
            client.connection.close()
            client.number += 1
            return True
        client.received += piece
        if not client.wanted and b"\r\n\r\n" in client.received:
            head, _, _ = client.received.partition(b"\r\n\r\n")
            length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
            client.wanted = len(head) + 4 + int(length)
        if not client.wanted or len(client.received) < client.wanted:
            return False
        self._note(client, time.monotonic())
        client.number += 1
        return True

    def _note(self, client: _Client, came_s: float) -> None:
        call = self._calls[client.number % len(self._calls)]
        status = int(client.received[9:12])
        if status != 200:
            self.exchanges.append(Exchange(client.sent_s, came_s, call.name, status))
            return
        answer = json.loads(client.received.partition(b"\r\n\r\n")[2])
        self._judge.judge(call, answer)
        block = answer["model"]
        self.exchanges.append(
            Exchange(client.sent_s, came_s, call.name, status, block["version"], block["generation"])
        )


def call(name: str, body: Any) -> Call:
    """``predict`` or ``analyze`` with that body."""
    data = json.dumps(body).encode()
    head = HEAD.format(path=f"/api/v1/models/{name}") + f"Content-Length: {len(data)}\r\n\r\n"
    return Call(name, head.encode() + data)


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
