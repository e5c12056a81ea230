"""The parent's side of a throw-away child: start it, feed it, cap it, kill it, judge how it ended."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from modelhub.artifacts.quarantine import framing
from modelhub.artifacts.quarantine.limits import Limits
from modelhub.artifacts.quarantine.lockdown import Layers
from modelhub.errors import Code, PackageRefused

_ROOT = Path(__file__).resolve().parents[3]
# -I: no environment, no current folder, no user site. The folder of the project is the one addition.
_BOOT = (
    f"import sys; sys.path.insert(0, {str(_ROOT)!r}); "
    "from modelhub.artifacts.quarantine import child; child.main()"
)
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_RESOURCE_SIGNALS = {signal.SIGKILL, signal.SIGXCPU, signal.SIGXFSZ}


class ChildEnded(Exception):
    """A child that did not answer one clean message; ``code`` says in which of the known ways."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code

    def refusal(self) -> PackageRefused:
        """The same as an answer to the one who sent the package."""
        return PackageRefused(self.code, _SENTENCES[self.code])


class Child:
    """One process for one job. Use as a context manager: whatever happens, it is dead afterwards.

    ``files`` are handed over as open, read-only descriptors, numbers in ``spec["files"]``; a child
    that ``waits`` imports and locks itself first and takes its message in :meth:`result`.
    """

    def __init__(
        self,
        job: str,
        spec: dict[str, Any],
        *,
        limits: Limits,
        files: Sequence[Path] = (),
        waits: bool = False,
        layers: Layers | None = None,
    ) -> None:
        self._limits = limits
        self._deadline = 0.0
        descriptors = [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in files]
        try:
            self._process = _start(descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        own = {"job": job, "files": descriptors, "waits": waits, "layers": asdict(layers or Layers())}
        amounts = {"seconds": limits.seconds, "memory_bytes": limits.memory_bytes}
        self._outgoing = bytearray(_framed(framing.encode(spec | own | amounts)))
        # A spec is far smaller than a pipe's buffer, so this cannot block on a child still starting.
        with contextlib.suppress(BrokenPipeError):  # died at once; the end of its output says so
            os.write(self._stdin, self._outgoing)
        self._outgoing.clear()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def result(self, message: framing.Message | None = None) -> framing.Message:
        """The child's one answer, after it was sent ``message`` if it waits for one.

        Its time runs from here: a child that waits is not charged for the work of others.

        Raises ChildEnded (resource_limit, quarantine_failed, quarantine_protocol).
        """
        if message is not None:
            self._outgoing += _framed(framing.encode(message.header, message.blobs))
        self._deadline = time.monotonic() + self._limits.seconds
        data = self._exchange()
        try:
            answer = framing.decode(data)
        except framing.Malformed:
            raise ChildEnded(self._end(clean=bool(data))) from None
        failed = answer.header.get("failed")
        if failed is not None:
            raise ChildEnded(Code.RESOURCE_LIMIT if failed == "resources" else Code.QUARANTINE_FAILED)
        return answer

    def _exchange(self) -> bytes:
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            if self._outgoing:
                os.set_blocking(self._stdin, False)
                selector.register(self._stdin, selectors.EVENT_WRITE)
            while True:
                left = self._deadline - time.monotonic()
                events = selector.select(left) if left > 0 else []
                if not events:
                    raise ChildEnded(Code.RESOURCE_LIMIT)
                for key, _ in events:
                    if key.fd == self._stdin:
                        self._send_some(selector)
                        continue
                    part = os.read(self._stdout, 1 << 20)
                    if not part:
                        return bytes(received)
                    received += part
                    if len(received) > self._limits.output_bytes:
                        raise ChildEnded(Code.QUARANTINE_PROTOCOL)

    def _send_some(self, selector: selectors.BaseSelector) -> None:
        try:
            sent = os.write(self._stdin, self._outgoing[: 1 << 16])
        except BlockingIOError:
            return
        except BrokenPipeError:
            sent = len(self._outgoing)  # it died; the end of its output says so
        del self._outgoing[:sent]
        if not self._outgoing:
            selector.unregister(self._stdin)

    def _end(self, *, clean: bool) -> Code:
        """Why there is no message: killed for resources, crashed, or talking nonsense."""
        try:
            status = self._process.wait(max(0.1, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return Code.RESOURCE_LIMIT
        if status < 0:
            return Code.RESOURCE_LIMIT if -status in _RESOURCE_SIGNALS else Code.QUARANTINE_FAILED
        return Code.QUARANTINE_PROTOCOL if clean else Code.QUARANTINE_FAILED

    @property
    def _stdin(self) -> int:
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    @property
    def _stdout(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()


def _start(descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and a constant program
        [sys.executable, "-I", "-c", _BOOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=_ENVIRONMENT,
        close_fds=True,
        pass_fds=tuple(descriptors),
        start_new_session=True,
    )


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


_SENTENCES = {
    Code.RESOURCE_LIMIT: (
        "Opening the model took more time or memory than one import may use. "
        "Check that the file is the fitted model itself and send it again."
    ),
    Code.QUARANTINE_FAILED: (
        "The isolated process that opens foreign models ended without a result on this package. "
        "The file is damaged or hostile: train and export the model again."
    ),
    Code.QUARANTINE_PROTOCOL: (
        "The isolated process that opens foreign models gave an answer that is not allowed. "
        "The package is treated as hostile and was not registered."
    ),
}
