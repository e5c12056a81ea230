"""Traces for a collector that speaks OTLP over HTTP: off, and free, until an operator names one.

On when ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or the one for traces alone) is set and the packages of
``requirements-otel.txt`` are installed; the other ``OTEL_*`` variables mean what OpenTelemetry says. While
it is off no package of OpenTelemetry is imported.
"""

import logging
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from modelhub import env

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from modelhub import spans

    View = Callable[[HttpRequest], HttpResponseBase]
log = logging.getLogger(__name__)
# The module that knows OpenTelemetry, once tracing is on; callers on hot paths ask for None, at no cost.
on: "spans.Spans | None" = None


def start() -> None:
    """This process sends spans of its requests and tasks, if that is wanted; harmless to call twice.

    Call it in the process that does the work, after any fork and before Django builds its middleware.
    """
    global on
    if on is not None or not _is_wanted():
        return
    if find_spec("opentelemetry.instrumentation.celery") is None:
        log.warning("OTEL_EXPORTER_OTLP_ENDPOINT is set, but requirements-otel.txt is not installed")
        return
    from modelhub import spans

    on = spans.start()


def trace_id() -> str:
    """The trace that this thread works for, 32 hexadecimal digits; empty without one."""
    return "" if on is None else on.trace_id()


def scoring_view(view: "View") -> "View":
    """The view as it is, or one span for each of its requests, child of the caller's ``traceparent``."""
    return view if on is None else on.scoring_view(view)


def _is_wanted() -> bool:
    is_named = env.text("OTEL_EXPORTER_OTLP_ENDPOINT") or env.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return bool(is_named) and not env.flag("OTEL_SDK_DISABLED")
