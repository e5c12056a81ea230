"""What the soak asks for: scoring, reads, bad packages, deploys and rollbacks, drift checks, tokens."""

import itertools
import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.soak import home
from bench.soak.callers import Request
from tests import packages
from tests.live import Hub

Wish = Callable[[], Request | None]
LINES = 40
_BOUNDARY = "soak-8c1d"
READS = (
    "/api/v1/models",
    "/api/v1/models/current",
    "/api/v1/model-management/performance",
    "/api/v1/model-management/transfer-history",
    "/api/v1/deployments",
    "/api/v1/alerts",
    "/health/ready",
)


def predicting(width: int, seed: int) -> Wish:
    """Ten rows of numbers, always the same."""
    rows = np.random.default_rng(seed).normal(5, 2, (10, width)).round(3).tolist()
    request = Request("POST", "/api/v1/models/predict", json.dumps({"features": rows}).encode())
    return lambda: request


class Analyzing:
    """Forty lines of the demo's log with incidents, each record new; counts the anomalies it is told of."""

    def __init__(self, log: Path) -> None:
        self._lines = [json.loads(line) for line in log.read_text().splitlines()]
        self._numbers, self._lock = itertools.count(), threading.Lock()
        self.anomalies = 0

    def __call__(self) -> Request:
        number = next(self._numbers)
        start = number * LINES % (len(self._lines) - LINES)
        entries = [
            line | {"id": f"soak-{number}-{i}"} for i, line in enumerate(self._lines[start : start + LINES])
        ]
        return Request("POST", "/api/v1/models/analyze", json.dumps(entries).encode(), on_body=self._count)

    def _count(self, body: bytes) -> None:
        with self._lock:
            self.anomalies += json.loads(body)["summary"]["anomalies"]


def reading() -> Wish:
    """One page after the other."""
    pages = itertools.cycle([Request("GET", path) for path in READS])
    return lambda: next(pages)


def uploading() -> Wish:
    """Packages that must be refused, from bytes that are no zip to a model that does not load."""
    good, good_but_model = packages.deployment_members(), packages.service_members("bad")
    bodies = itertools.cycle(
        [
            _part(content)
            for content in (
                b"no zip at all",
                packages.zipped(good | {"model.joblib": good["model.joblib"][:200]}),
                packages.zipped({name: data for name, data in good.items() if name != "model.joblib"}),
                packages.zipped({"../model.joblib": good["model.joblib"]}),
                packages.zipped(good_but_model | {"model.joblib": packages.dumped({"no": "model"})}),
            )
        ]
    )
    path, form = "/api/v1/model-management/import", f"multipart/form-data; boundary={_BOUNDARY}"
    return lambda: Request("POST", path, next(bodies), frozenset({422}), content_type=form)


def swapping(labels: list[str]) -> Wish:
    """The second version is deployed, then rolled back to the first, and so on."""
    first, second = labels
    paths = itertools.cycle([f"{second}/deploy", f"{first}/rollback"])
    return lambda: Request("POST", f"/api/v1/model-management/{next(paths)}", b'{"reason": "soak"}')


def checking(label: str) -> Wish:
    """A drift check of one version."""
    path = f"/api/v1/model-management/performance/{label}/check-drift"
    return lambda: Request("POST", path, b"{}")


def scraping(path: str) -> Wish:
    """The page that Prometheus reads."""
    return lambda: Request("GET", path)


class Tokens:
    """A token is made, scores once, is revoked, and is refused once more, one step for each call."""

    def __init__(self, hub: Hub, width: int) -> None:
        self._hub, self._steps = hub, itertools.cycle((self._make, self._use, self._revoke, self._refused))
        self._body = json.dumps({"features": [[0.0] * width]}).encode()
        self._number = itertools.count()
        self._token = self._key = ""
        self.used = 0

    def __call__(self) -> Request | None:
        return next(self._steps)()

    def _make(self) -> None:
        self._token, self._key = home.new_token(self._hub, f"soak {next(self._number)}")

    def _use(self) -> Request:
        return Request("POST", "/api/v1/models/predict", self._body, token=self._token, on_body=self._count)

    def _revoke(self) -> None:
        self._hub.manage("revoketoken", self._key)

    def _refused(self) -> Request:
        refused = frozenset({401})
        return Request("POST", "/api/v1/models/predict", self._body, refused, token=self._token)

    def _count(self, _: bytes) -> None:
        self.used += 1


def _part(content: bytes) -> bytes:
    """A form with one file."""
    disposition = 'Content-Disposition: form-data; name="file"; filename="soak.zip"'
    head = f"--{_BOUNDARY}\r\n{disposition}\r\nContent-Type: application/zip\r\n\r\n"
    return head.encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
