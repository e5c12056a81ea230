"""Spans through OpenTelemetry; imported by ``modelhub.tracing`` alone, and only when tracing is on."""

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from modelhub import env

View = Callable[[HttpRequest], HttpResponseBase]
REQUEST_ID, VERSION = "modelhub.request_id", "modelhub.version"
ROWS, ANOMALIES = "modelhub.rows", "modelhub.anomalies"
_UNTRACED = "health/,static/,metrics$"
_NS = 1e9


class Spans:
    """What is traced beside the instrumented parts: scoring requests, and the stages of every scoring."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def trace_id(self) -> str:
        """The current trace, 32 hexadecimal digits; empty without one."""
        current = trace.get_current_span().get_span_context()
        return trace.format_trace_id(current.trace_id) if current.is_valid else ""

    def scoring_view(self, view: View) -> View:
        """``view`` with one server span around each request: scoring passes by Django's middleware."""

        def traced(request: HttpRequest) -> HttpResponseBase:
            parent = propagate.extract(request.headers)
            name = f"{request.method} {request.path}"
            facts = {"http.request.method": str(request.method), "url.path": request.path}
            with self._tracer.start_as_current_span(name, parent, SpanKind.SERVER, facts) as span:
                response = view(request)
                span.set_attribute("http.response.status_code", response.status_code)
                _say_request(span, request)
                if response.status_code >= 500:
                    span.set_status(Status(StatusCode.ERROR))
                return response

        return traced

    def stages(self, version: str, *, features_s: float, took_s: float, rows: int, anomalies: int) -> None:
        """Spans for a scoring that has just ended: ``features`` where records were read, then ``model``."""
        if not trace.get_current_span().is_recording():
            return
        end = time.time_ns()
        began = end - int(took_s * _NS)
        between = began + int(features_s * _NS)
        if features_s:
            self._tracer.start_span("features", start_time=began).end(between)
        facts: dict[str, str | int] = {VERSION: version, ROWS: rows, ANOMALIES: anomalies}
        self._tracer.start_span("model", start_time=between, attributes=facts).end(end)


def start() -> Spans:
    """Spans are kept in memory and sent by a thread of this process; what a process forks sends its own.

    Django's requests and Celery's messages and tasks are instrumented, and carry ``traceparent`` on.
    """
    resource = Resource.create({"service.name": env.text("OTEL_SERVICE_NAME")})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(excluded_urls=_UNTRACED, response_hook=_after_request)
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
    return Spans(provider.get_tracer("modelhub"))


def _after_request(span: trace.Span, request: HttpRequest, response: Any) -> None:
    _say_request(span, request)


def _say_request(span: trace.Span, request: HttpRequest) -> None:
    if span.is_recording() and (request_id := getattr(request, "request_id", "")):
        span.set_attribute(REQUEST_ID, request_id)
