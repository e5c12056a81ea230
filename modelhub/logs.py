"""Log records as JSON lines: a newline or escape code in user text cannot forge a second line."""

import json
import logging
from datetime import UTC, datetime

from modelhub import tracing
from modelhub.actors import origin

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request"}


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, then the fields given as ``extra``.

    Inside a request, command or task ``request_id`` is among them, the one of the audit trail; where the
    process is traced, ``trace_id`` too.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := origin.get().request_id or _of_request(record):
            line["request_id"] = request_id
        if trace_id := tracing.trace_id():
            line["trace_id"] = trace_id
        line.update({key: value for key, value in vars(record).items() if key not in _STANDARD})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _of_request(record: logging.LogRecord) -> str:
    """Django logs failed requests when they are over; it then gives the request itself."""
    return str(getattr(getattr(record, "request", None), "request_id", ""))
