"""Tracing costs nothing and imports nothing until a collector is named."""

import logging
import subprocess
import sys

import pytest
from django.http import HttpRequest, HttpResponse

from modelhub import tracing

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture(autouse=True)
def off(monkeypatch: pytest.MonkeyPatch) -> None:
    """No collector is named in the environment of the tests, and none stays started."""
    for name in (ENDPOINT, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tracing, "on", None)


def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_without_a_collector_a_scoring_view_stays_what_it_is() -> None:
    tracing.start()
    assert tracing.scoring_view(_view) is _view


def test_without_a_collector_there_is_no_trace() -> None:
    tracing.start()
    assert tracing.trace_id() == ""


def test_without_a_collector_opentelemetry_is_not_imported() -> None:
    statement = (
        "import sys; from modelhub import tracing; tracing.start(); "
        "raise SystemExit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", statement]).returncode == 0


def test_the_switch_of_opentelemetry_itself_turns_tracing_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:4318")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    tracing.start()
    assert tracing.on is None


def test_a_collector_without_the_packages_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:4318")
    monkeypatch.setattr(tracing, "find_spec", lambda name: None)
    with caplog.at_level(logging.WARNING):
        tracing.start()
    assert "requirements-otel.txt" in caplog.text
    assert tracing.on is None
