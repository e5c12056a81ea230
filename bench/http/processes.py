"""A server under test as a tree of processes: started, asked, put to sleep between laps, measured, ended.

All servers of a run are up at the same time, so that laps can be interleaved; those that are not being
measured are stopped with SIGSTOP, because some burn a tenth of a processor while idle.
"""

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_STARTING_S, _ASKING_S, _ENDING_S = 120, 30, 15


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of a whole tree in MiB; in ``pss_mb`` a page shared by n processes counts as 1/n in each."""

    pss_mb: float
    rss_mb: float


@dataclass
class Server:
    """A started server; ``log`` has what it and its children said."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tree(self) -> list[int]:
        """Process ids of the server and its descendants, parents first."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (parent := _parent(entry)):
                children.setdefault(parent, []).append(int(entry.name))
        found = [self.process.pid]
        for pid in found:
            found += children.get(pid, [])
        return found

    def sleep(self) -> None:
        """No process of the tree runs until :meth:`wake`."""
        self._send(signal.SIGSTOP, self.tree())

    def wake(self) -> None:
        """Children first: a supervisor that wakes before its workers may take them for dead."""
        self._send(signal.SIGCONT, self.tree()[::-1])

    def memory(self) -> Memory:
        """What the tree holds now."""
        pss, rss = 0, 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                sizes = {
                    name: int(size.split()[0]) for name, _, size in (x.partition(":") for x in lines[1:])
                }
                pss, rss = pss + sizes["Pss"], rss + sizes["Rss"]
        return Memory(pss / 1024, rss / 1024)

    def cpu_s(self) -> float:
        """Processor time of the tree so far, in seconds."""
        return sum(_cpu_s(pid) for pid in self.tree())

    def end(self) -> None:
        """The tree is gone after the call."""
        tree = self.tree()
        self.wake()
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_ENDING_S)
        self._send(signal.SIGKILL, tree)
        self.process.wait(_ENDING_S)

    def _send(self, number: signal.Signals, pids: Sequence[int]) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


@contextlib.contextmanager
def running(
    name: str, command: Sequence[str], *, environment: Mapping[str, str], folder: Path, ready: str
) -> Iterator[Server]:
    """The server, once the address ``ready`` answers with 200; ended after the block.

    Its working folder is ``folder``, where its output goes too. A server that does not get ready ends the
    program with the last lines that it said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=output, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    server = Server(name, process, log)
    try:
        _wait(server, ready)
        yield server
    finally:
        server.end()


def ask(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
    """The body of a good answer; raises OSError for any other."""
    lines = {"Content-Type": "application/json"} | dict(headers or {}) if body is not None else {}
    request = urllib.request.Request(url, body, lines)
    with urllib.request.urlopen(request, timeout=_ASKING_S) as answer:
        data: bytes = answer.read()
        return data


def _wait(server: Server, ready: str) -> None:
    deadline = time.monotonic() + _STARTING_S
    while True:
        with contextlib.suppress(OSError):
            ask(ready)
            return
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{server.name} did not start:\n{server.log.read_text()[-3000:]}")
        time.sleep(0.2)


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _parent(entry: Path) -> int:
    """The parent's process id, 0 for a process that has gone meanwhile."""
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
