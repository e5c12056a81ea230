"""What a record may hold so that a database and a UTF-8 answer can carry it: the one gate of every intake."""

import re

from inference.intake.times import check_time
from inference.records import LogRecord
from modelhub.errors import Code, InputInvalid

MAX_MESSAGE_BYTES = 64 * 1024
_UNSAFE = re.compile("[\x00\ud800-\udfff]")


def check_record(record: LogRecord) -> LogRecord:
    """``record`` itself, fit to be stored whatever it was read from.

    Raises:
        InputInvalid: ``record_invalid``: see :func:`check_message`, :func:`check_text` and
            :func:`inference.intake.times.check_time`.
    """
    check_message(record.message)
    if record.timestamp is not None:
        check_time(record.timestamp)
    texts = (("program", record.program), ("host", record.host), ("level", record.level))
    for field, text in (*texts, ("id", record.record_id)):
        if text:
            check_text(text, field)
    return record


def check_message(text: str) -> str:
    """``text`` itself, fit to be kept as the message of a record.

    Raises:
        InputInvalid: ``record_invalid``: longer than 64 KB of UTF-8, a NUL or a lone surrogate.
    """
    # A code point takes at most four bytes, so most messages need no second look.
    if len(text) > MAX_MESSAGE_BYTES // 4 and len(text.encode(errors="replace")) > MAX_MESSAGE_BYTES:
        raise InputInvalid(Code.RECORD_INVALID, f"The message is longer than {MAX_MESSAGE_BYTES} bytes.")
    return check_text(text, "message")


def check_text(text: str, field: str) -> str:
    """``text`` itself, unless it holds what no database and no UTF-8 answer can carry.

    Raises:
        InputInvalid: ``record_invalid``, naming ``field``: a NUL or a lone surrogate.
    """
    if not text.isprintable() and _UNSAFE.search(text):
        raise InputInvalid(Code.RECORD_INVALID, f"`{field}` holds a NUL or half of a surrogate pair.")
    return text
