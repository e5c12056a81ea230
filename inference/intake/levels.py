"""Severity as senders write it, as one of DEBUG, INFO, WARNING, ERROR, CRITICAL.

Numbers: under ``severityNumber`` always OpenTelemetry (1 to 24). Under any other key 0 to 7 is
syslog (0 most severe) and 8 to 24 OpenTelemetry: a syslog severity never exceeds 7, and senders of
OpenTelemetry numbers that low (traces) use the proper key. Numbers beyond mean nothing and are dropped.
"""

from typing import Any

LONGEST = 16
OTEL_KEYS = frozenset({"severityNumber", "severity_number"})

_SYNONYMS = {
    "DEBUG": "TRACE TRACE2 TRACE3 TRACE4 DEBUG DEBUG2 DEBUG3 DEBUG4 DBG VERBOSE FINE FINER FINEST D T",
    "INFO": "INFO INFO2 INFO3 INFO4 INFORMATION INFORMATIONAL NOTICE NOTE CONFIG SUCCESS OK I N",
    "WARNING": "WARNING WARN WARN2 WARN3 WARN4 WRN W",
    "ERROR": "ERROR ERROR2 ERROR3 ERROR4 ERR FAILURE SEVERE E",
    "CRITICAL": "CRITICAL CRIT ALERT EMERG EMERGENCY PANIC FATAL FATAL2 FATAL3 FATAL4 F C",
}
_CANONICAL = {synonym: name for name, synonyms in _SYNONYMS.items() for synonym in synonyms.split()}
_SYSLOG = ("CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "INFO", "INFO", "DEBUG")
_OTEL = (*["DEBUG"] * 8, *["INFO"] * 4, *["WARNING"] * 4, *["ERROR"] * 4, *["CRITICAL"] * 4)


def canonical_level(value: Any, *, key: str = "level") -> str | None:
    """The canonical name; an unknown name in capitals, cut to 16 characters; None where nothing is said."""
    if isinstance(value, str):
        if value in _SYNONYMS:  # as most senders write it
            return value
        text = value.strip().upper()
        if text.isascii() and text.isdigit() and len(text) <= 2:
            return _by_number(int(text), key)
        return _CANONICAL.get(text) or text[:LONGEST] or None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return _by_number(int(value), key)


def syslog_level(severity: int) -> str:
    """The canonical name of a syslog severity, 0 to 7."""
    return _SYSLOG[severity]


def _by_number(number: int, key: str) -> str | None:
    if key not in OTEL_KEYS and 0 <= number <= 7:
        return _SYSLOG[number]
    if 1 <= number <= 24:
        return _OTEL[number - 1]
    return None
