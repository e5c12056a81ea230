"""A training service as it really answers, and some that are down, slow or lie.

The good one answers the usable routes and the broken ones as the real revision does. ``mode`` turns
its answers bad; every bad answer is one that some server on some network has given.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests import packages
from tests.fakes.serving import serving

METADATA_ADDRESS = "http://169.254.169.254/latest/meta-data/"
_TEN_GB = 10 * 1024**3


class Mode(StrEnum):
    """How the service behaves."""

    GOOD = "good"
    DRIPS_BODY = "drips_body"
    DRIPS_HEADERS = "drips_headers"
    SILENT = "silent"
    REDIRECTS = "redirects"
    OVERSIZED = "oversized"
    ENDLESS = "endless"
    NOT_JSON = "not_json"
    WRONG_JSON = "wrong_json"
    FAILS = "fails"
    CUT_SHORT = "cut_short"
    COMPRESSED = "compressed"
    # These list well, and only their packages are bad.
    BROKEN_ZIP = "broken_zip"
    CUT_ZIP = "cut_zip"
    OVERSIZED_ZIP = "oversized_zip"


_PACKAGE_MODES = (Mode.BROKEN_ZIP, Mode.CUT_ZIP, Mode.OVERSIZED_ZIP)


@dataclass(slots=True)
class Model:
    """One version that the service holds."""

    version: str
    created_at: str
    members: dict[str, bytes]
    deployed: bool = False


@dataclass(slots=True)
class TrainingService:
    """State of the fake: its models, its mode, the requests it got."""

    url: str = ""
    mode: Mode = Mode.GOOD
    models: dict[str, Model] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    has_models_route: bool = True
    token: str = ""

    def add(self, version: str = "20261122_210422", *, seed: int = 0, deployed: bool = False) -> Model:
        """Train a small real model of that version."""
        created_at = f"2026-11-{22 + len(self.models):02d}T21:04:22.267044"
        model = Model(version, created_at, packages.deployment_members(version, seed=seed), deployed)
        self.models[version] = model
        return model


@contextmanager
def training_service(**state: Any) -> Iterator[TrainingService]:
    """A service on a port of this machine."""
    service = TrainingService(**state)

    class Handler(_Handler):
        state = service

    with serving(Handler) as url:
        service.url = url
        yield service


class _Handler(BaseHTTPRequestHandler):
    state: TrainingService

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._enter()
        bad = getattr(self, f"_{self.state.mode.value}", None)
        if bad is not None and (self.state.mode not in _PACKAGE_MODES or self._is_package()):
            bad()
            return
        self._route()

    def do_POST(self) -> None:
        self._enter()
        if self.state.mode not in (Mode.GOOD, *_PACKAGE_MODES):
            self._fails()
            return
        version, _, verb = unquote(urlsplit(self.path).path).removeprefix("/api/models/").partition("/")
        if verb != "deploy" or version not in self.state.models:
            self._json({"error": "Model not found"}, 404)
            return
        self.state.models[version].deployed = True
        by = parse_qs(urlsplit(self.path).query).get("deployed_by", [None])[0]
        self._json({"status": "deployed", "version": version, "deployed_by": by})

    def _enter(self) -> None:
        self.state.requests.append(f"{self.command} {self.path}")
        self.state.headers = dict(self.headers.items())

    def _is_package(self) -> bool:
        return self.path.endswith("/deployment-package")

    def _route(self) -> None:
        if self.state.token and self.headers.get("Authorization") != self.state.token:
            self._json({"error": "Not authenticated"}, 401)
            return
        path = unquote(urlsplit(self.path).path)
        listed = [self._listed(model) for model in self.state.models.values()]
        if path == "/api/models/" and self.state.has_models_route:
            self._json(listed)
        elif path == "/api/models":  # as the real framework: it redirects to the slash
            self.send_response(307)
            self.send_header("Location", f"{self.state.url}/api/models/")
            self.end_headers()
        elif path == "/api/models/list":
            self._json({"models": listed, "total": len(listed)})
        else:
            self._model(path.removeprefix("/api/models/"))

    def _model(self, rest: str) -> None:
        version, _, verb = rest.partition("/")
        model = self.state.models.get(version)
        if model is None:  # also for latest, deployed and stats: taken for a version
            self._json({"error": f"Model version {version} not found"}, 404)
        elif verb == "":
            self._json(self._listed(model) | {"metrics": {"anomaly_ratio": 0.1}, "file_size": 123})
        elif verb == "deployment-package" and not model.deployed:
            self._json({"error": f"Model {version} is not deployed"}, 400)
        elif verb == "deployment-package":
            self._bytes(packages.zipped(model.members), "application/zip")
        else:
            self._json({"error": "Not Found"}, 404)

    def _listed(self, model: Model) -> dict[str, Any]:
        return {
            "version": model.version,
            "id": model.version,
            "name": f"model_{model.version}",
            "type": "isolation_forest",
            "status": "ready",
            "created_at": model.created_at,
            "updated_at": model.created_at,
            "deployed_at": None,
            "deployed_by": None,
            "metrics": None,
            "file_size": 1000,
            "size": 1000,
        }

    def _json(self, value: object, status: int = 200) -> None:
        self._bytes(json.dumps(value).encode(), "application/json", status)

    def _bytes(self, data: bytes, kind: str, status: int = 200, *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        self.wfile.write(data)

    # The bad ones.

    def _drips_body(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self._drip(b"[" * 1000)

    def _drips_headers(self) -> None:
        self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000)

    def _drip(self, data: bytes) -> None:
        for byte in data:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(0.1)

    def _silent(self) -> None:
        time.sleep(20)

    def _redirects(self) -> None:
        self.send_response(302)
        self.send_header("Location", METADATA_ADDRESS)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _oversized(self) -> None:
        self._bytes(b"[]", "application/json", length=_TEN_GB)

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b" " * 65536)

    def _not_json(self) -> None:
        self._bytes(b"<html><script>alert(1)</script>", "text/html")

    def _wrong_json(self) -> None:
        self._json({"models": [{"name": "a model without a version"}]})

    def _fails(self) -> None:
        self._bytes(b"Traceback: password=hunter2", "text/plain", 500)

    def _cut_short(self) -> None:
        self._bytes(b'[{"version": ', "application/json", length=1000)

    def _compressed(self) -> None:
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"\x1f\x8b\x08\x00")

    def _broken_zip(self) -> None:
        self._bytes(b"PK\x03\x04 this is no zip", "application/zip")

    def _cut_zip(self) -> None:
        self._bytes(b"PK\x03\x04", "application/zip", length=100_000)

    def _oversized_zip(self) -> None:
        self._bytes(b"PK\x03\x04", "application/zip", length=_TEN_GB)
