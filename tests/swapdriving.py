"""Changing what a live hub serves, and watching until every process has followed."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from typing import Any

from tests.asking import ask
from tests.live import Hub
from tests.swapping import Call, Clients, Exchange, Judge, call

LABELS = ("1.0.0", "2.0.0")
POLL_S = 0.1  # each look costs the server some milliseconds, which the clients would notice
_SECOND = (
    "from tests.integration.conftest import register, train;"
    "from modelhub.registry import lifecycle; from modelhub.actors import Actor, Channel;"
    "from modelhub.registry.models import ModelVersion;"
    "register(train(1), '2.0.0'); actor = Actor('tester', Channel.COMMAND);"
    "[lifecycle.deploy(v, actor, force=True, reason='for the test')"
    " for v in ModelVersion.objects.order_by('-label')]; print('null')"
)
LINES = [
    {
        "message": f"Accepted publickey for {name} from 10.0.0.{i} port 4{i:04d} ssh2",
        "program": "sshd",
        "level": "INFO",
        "timestamp": f"2026-03-02T08:00:{i:02d}Z",
    }
    for i, name in enumerate(["alice", "bob", "carol", "dave", "erin"])
]


@dataclass(frozen=True, slots=True)
class Change:
    """One deployment: when it was answered (monotonic), to what, and how long until all followed.

    ``converged_s`` None: not within the time allowed.
    """

    label: str
    generation: int
    answered_s: float
    took_s: float
    converged_s: float | None


@dataclass
class Answers:
    """What all clients were answered in one stretch of time."""

    exchanges: list[Exchange] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    broken: int = 0

    @property
    def failed(self) -> int:
        """Requests without an answer, or with another one than 200."""
        return self.broken + sum(exchange.status != 200 for exchange in self.exchanges)

    def between(self, from_s: float, to_s: float) -> list[Exchange]:
        """Those asked for after ``from_s`` and answered before ``to_s``."""
        return [e for e in self.exchanges if from_s <= e.sent_s and e.came_s <= to_s]


def prepare(hub: Hub) -> None:
    """``default:1.0.0`` serves; it and ``2.0.0``, another model, were both deployed before."""
    hub.prepare()
    hub.python(_SECOND)


def calls(features: int) -> list[Call]:
    """One predict and one analyze, which every client sends in turn."""
    rows = [[float((row * 7 + column) % 11) for column in range(features)] for row in range(4)]
    return [call("predict", {"features": rows}), call("analyze", LINES)]


def judge_of(port: int, asked: Sequence[Call]) -> Judge:
    """A judge that has seen what each version answers to each call."""
    judge = Judge()
    for one in asked:
        body = one.request.partition(b"\r\n\r\n")[2]
        for label in LABELS:
            answer = ask(port, "POST", f"/api/v1/models/{one.name}?version={label}", body)
            assert answer.status == 200, answer
            judge.learn(one, answer.body)
    return judge


@contextmanager
def asking(
    port: int, asked: Sequence[Call], judge: Judge, *, count: int, pause_s: float
) -> Iterator[Answers]:
    """Clients at work in a process of their own; the answers are there after the block."""
    answers = Answers()
    context = multiprocessing.get_context("spawn")
    begun, end, results = context.Event(), context.Event(), context.SimpleQueue()
    process = context.Process(target=_ask, args=(port, asked, judge, (count, pause_s), (begun, end), results))
    process.daemon = True
    process.start()
    try:
        assert begun.wait(60)
        yield answers
        end.set()
        answers.exchanges, answers.mixed, answers.broken = results.get()
    finally:
        end.set()
        process.join(30)


def change(port: int, label: str, *, workers: int, verb: str = "deploy", limit_s: float = 10.0) -> Change:
    """The version is deployed, or rolled back to; returns once every worker says that it serves it."""
    began_s = time.monotonic()
    answer = ask(port, "POST", f"/api/v1/model-management/{label}/{verb}", b"{}")
    answered_s = time.monotonic()
    assert answer.status == 200, answer
    while True:
        model = serving(port)
        spent_s = time.monotonic() - answered_s
        if model["current"] == label and model["converged"] and model["agreeing"] == workers:
            return Change(label, model["generation"], answered_s, answered_s - began_s, spent_s)
        if spent_s > limit_s:
            return Change(label, model["generation"], answered_s, answered_s - began_s, None)
        time.sleep(POLL_S)


def serving(port: int) -> dict[str, Any]:
    """The default model in ``GET /serving``."""
    answer = ask(port, "GET", "/api/v1/serving?model=default")
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body["models"][0]
    return found


def last_old(exchanges: Sequence[Exchange], made: Change) -> float:
    """Seconds after the change was answered at which the last call was sent that an older one answered."""
    late = [e.sent_s for e in exchanges if e.sent_s > made.answered_s and 0 <= e.generation < made.generation]
    return max(late, default=made.answered_s) - made.answered_s


def _ask(
    port: int,
    asked: Sequence[Call],
    judge: Judge,
    load: tuple[int, float],
    events: tuple[Event, Event],
    results: Any,
) -> None:
    (count, pause_s), (begun, end) = load, events
    clients = Clients(port, asked, judge, count=count, pause_s=pause_s)
    begun.set()
    clients.run(end.is_set)
    results.put((clients.exchanges, judge.mixed, clients.broken))
