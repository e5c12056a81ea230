"""A web server, a worker and a collector of spans on one home, and an import that went through all."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests import live, packages
from tests.receivers import Receiver, receiver

REQUEST_ID, TRACE_ID, CALLER = "abc", "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{CALLER}-01"
_SOURCE = (
    "from modelhub.transfers.models import TrainingSource as S; S.objects.create(name='lab', location={!r})"
)
_SECONDS = 60


@dataclass
class Scene:
    """What was left behind: the worker's log as text and as lines, the trail, the import's row, all spans."""

    said: str
    worker: list[dict[str, Any]]
    trail: list[dict[str, Any]]
    transfer: dict[str, Any]
    spans: list[Span]

    def named(self, part: str) -> list[Span]:
        """Spans whose name contains ``part``, of whatever process."""
        return [span for span in self.spans if part in span.name]

    def below(self, span: Span) -> list[str]:
        """Names of the span's children, sorted."""
        return sorted(one.name for one in self.spans if one.parent_span_id == span.span_id)


@contextmanager
def played(folder: Path) -> Iterator[Scene]:
    """The scene after one import in the background and one scoring, all processes ended."""
    packages.write_folder(folder / "lab" / "a", packages.service_members("2.0.0"))
    with receiver() as collector:
        hub = live.hub(
            folder / "home",
            LOG_LEVEL="INFO",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url.removesuffix("/hook"),
            OTEL_BSP_SCHEDULE_DELAY="200",
        )
        hub.prepare()
        hub.python(_SOURCE.format(str(folder / "lab")) + "; print(1)")
        with hub.serving(workers=1, log=folder / "web.log"), _working(hub, folder / "worker.log"):
            answer = _post(hub, "model-management/import/a", b"", {"Prefer": "respond-async"})
            transfer = _ended(hub, answer["transfer_id"])
            rows = {"features": [[0.0] * hub.features()]}
            _post(hub, "models/predict", json.dumps(rows).encode(), {"Content-Type": "application/json"})
            record = [{"message": "Accepted password for root", "timestamp": "2026-03-02T08:00:00Z"}]
            _post(hub, "models/analyze", json.dumps(record).encode(), {"Content-Type": "application/json"})
            trail = hub.python(
                "from modelhub.audit.models import AuditEntry as A; import json; "
                "print(json.dumps(list(A.objects.values('action', 'request_id'))))"
            )
            stored = hub.python(
                "from modelhub.transfers.models import Transfer as T; import json; "
                "print(json.dumps(T.objects.values('status', 'request_id').get()))"
            )
        assert transfer["status"] == "imported", transfer
        said = (folder / "worker.log").read_text()
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        yield Scene(said, lines, trail, stored, _spans(collector))


@contextmanager
def _working(hub: live.Hub, log: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "--app", "modelhub", "worker", "--pool", "threads"]
    command += ["--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=live.ROOT, env=hub.environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def _post(hub: live.Hub, path: str, body: bytes, headers: dict[str, str]) -> Any:
    known = {"X-Request-Id": REQUEST_ID, "traceparent": TRACEPARENT}
    request = urllib.request.Request(
        f"http://127.0.0.1:{hub.port}/api/v1/{path}", body, known | headers, method="POST"
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        return json.load(answer)


def _ended(hub: live.Hub, transfer_id: int) -> Any:
    url = f"http://127.0.0.1:{hub.port}/api/v1/model-management/transfer-history/{transfer_id}"
    deadline = time.monotonic() + _SECONDS
    while True:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            found = json.load(answer)
        if found["status"] not in ("queued", "running"):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def _spans(collector: Receiver) -> list[Span]:
    return [
        span
        for _headers, body in collector.calls
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
