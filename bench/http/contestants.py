"""All servers of one run: started, compared with scikit-learn, asleep until their lap comes."""

import contextlib
import dataclasses
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.http import environments, hub, wrk
from bench.http.peers import OURS, Peer, Start
from bench.http.processes import Memory, Server, ask, running
from bench.http.workload import Matrix, Model, bodies
from inference.runtimes.forest import engine_name
from tests.services import free_port

_SETTLE_S = 0.3
_IDLE_S = 3.0
_DRAINING_S, _LOOK_S = 3.0, 0.1


@dataclass
class Contestant:
    """A server that sleeps between laps, and what each size of body is sent as.

    Ours may not sleep: it ends workers that stood still for some seconds, as it should.
    """

    key: str
    server: Server
    targets: dict[int, wrk.Target]
    idle_cpu: float = 0.0
    may_sleep: bool = True

    def lap(self, *, rows: int, connections: int, seconds: int) -> wrk.Lap:
        """One lap; no other contestant runs meanwhile."""
        self.server.wake()
        time.sleep(_SETTLE_S)
        busy_s, started = _busy_s() - self._own_s(), time.monotonic()
        try:
            found = wrk.lap(self.targets[rows], connections=connections, seconds=seconds)
        except OSError as error:
            said = self.server.log.read_text()[-3000:]
            raise SystemExit(f"{self.key} is gone: {error}\n{said}") from None
        others_s = _busy_s() - self._own_s() - busy_s
        took_s = (time.monotonic() - started) * (os.cpu_count() or 1)
        self._drain()
        self.sleep()
        return dataclasses.replace(found, others=max(0.0, others_s / took_s))

    def sleep(self) -> None:
        """It does nothing until its next lap, if it may sleep."""
        if self.may_sleep:
            self.server.sleep()

    def memory(self) -> Memory:
        """Of the whole tree."""
        return self.server.memory()

    def _own_s(self) -> float:
        """Processor time so far of what this lap is about: the server, the load generator, this program."""
        mine = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return self.server.cpu_s() + sum(used.ru_utime + used.ru_stime for used in mine)

    def _drain(self) -> None:
        """Requests under way have ended: one that slept half done would teach a batcher wrong times."""
        until, before = time.monotonic() + _DRAINING_S, self.server.cpu_s()
        while time.monotonic() < until:
            time.sleep(_LOOK_S)
            now = self.server.cpu_s()
            if now - before <= _LOOK_S / 5:
                return
            before = now


@contextlib.contextmanager
def started(
    model: Model, sizes: Sequence[int], *, peers: Sequence[Peer], where: Path, folder: Path
) -> Iterator[list[Contestant]]:
    """Ours and the peers, each checked against scikit-learn's answers; all gone after the block.

    ``where`` has the peers' environments, ``folder`` takes everything that the run writes.
    """
    with contextlib.ExitStack() as stack:
        found = [
            _peer(stack, peer, model, sizes, where, folder / str(number)) for number, peer in enumerate(peers)
        ]
        yield [_ours(stack, model, sizes, folder / "ours"), *found]


def _ours(stack: contextlib.ExitStack, model: Model, sizes: Sequence[int], folder: Path) -> Contestant:
    port = free_port()
    made = hub.prepared(folder / "home", port=port)
    made.deploy(model.package)
    server = stack.enter_context(hub.serving(made, folder=folder / "server", name=OURS))
    mine = Peer(
        OURS,
        "",
        "",
        "/api/v1/models/predict",
        "",
        lambda _: [],
        lambda rows: {"features": rows.tolist()},
        lambda answer: [int(label) for label in answer["predictions"]],
    )
    return _contestant(OURS, mine, server, port, model, sizes, folder, made.headers)


def _peer(
    stack: contextlib.ExitStack, peer: Peer, model: Model, sizes: Sequence[int], where: Path, folder: Path
) -> Contestant:
    folder.mkdir(parents=True)
    python = environments.python_of(where, peer.environment)
    start = Start(folder, (free_port(), free_port(), free_port()), python, model.pipeline, model.safe_form)
    environment = {"HOME": str(folder), "PATH": f"{python.parent}:{os.environ['PATH']}", "LANG": "C.UTF-8"}
    environment |= {"MODEL": str(model.pipeline), "TABLES": str(model.safe_form)}
    environment |= {"ENGINE": engine_name()} | _QUIET | peer.variables
    if peer.first:
        subprocess.run([str(python), "-m", peer.first], env=environment, check=True, stdout=sys.stderr)
    ready = f"http://127.0.0.1:{start.port}{peer.ready}"
    server = stack.enter_context(
        running(peer.key, peer.command(start), environment=environment, folder=folder, ready=ready)
    )
    return _contestant(peer.key, peer, server, start.port, model, sizes, folder, {})


def _contestant(
    key: str,
    peer: Peer,
    server: Server,
    port: int,
    model: Model,
    sizes: Sequence[int],
    folder: Path,
    headers: dict[str, str],
) -> Contestant:
    targets = {}
    for rows in sizes:
        many = bodies(rows)
        lines = [json.dumps(peer.body(matrix)).encode() for matrix in many]
        _check(key, peer, f"http://127.0.0.1:{port}{peer.path}", headers, many, lines, model)
        targets[rows] = wrk.target(folder / f"rows-{rows}", port, peer.path, headers, lines)
    made = Contestant(key, server, targets, may_sleep=key != OURS)
    before = server.cpu_s()
    time.sleep(_IDLE_S)
    made.idle_cpu = (server.cpu_s() - before) / _IDLE_S
    made.sleep()
    return made


def _check(
    key: str,
    peer: Peer,
    url: str,
    headers: dict[str, str],
    many: list[Matrix],
    lines: list[bytes],
    model: Model,
) -> None:
    """Ends the program where a server's labels differ from scikit-learn's: it would not do the same work."""
    for matrix, line in zip(many, lines, strict=True):
        labels = [int(label) for label in peer.labels(json.loads(ask(url, line, headers)))]
        if labels != model.answers[matrix.tobytes()]:
            raise SystemExit(f"{key} answers other labels than scikit-learn: {labels[:10]}")


def _busy_s() -> float:
    """Processor time that all programs of the machine have used so far."""
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


# Telemetry would be sent from the machine under test.
_QUIET = {"BENTOML_DO_NOT_TRACK": "True", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
