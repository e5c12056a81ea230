"""What one message says by itself: the text columns and the facts that windows count.

Runs once per different message of a batch, so it is written for speed on ASCII text: byte
translation instead of regular expressions, which only run where their separators occur often enough.
"""

import re
from typing import NamedTuple

CONNECTED = "ap-sta-connected"
CONNECTION_WORDS = (CONNECTED, "ap-sta-disconnected", "sta-assoc", "sta-disassoc")
AUTH_WORDS = ("auth", "login", "logout")  # "authentication" holds "auth"
FAILURE_WORDS = ("error", "failed")
ERROR_WORDS = (*FAILURE_WORDS, "denied", "rejected")

_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_SPECIAL = re.compile(r"[^a-zA-Z0-9\s]")
_CAPITAL = re.compile(r"[A-Z]")
_DIGIT = re.compile(r"\d")

_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"
_SPACES = b"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f "
_PLAIN = _CAPITALS + _CAPITALS.lower() + _DIGITS + _SPACES


class LineFacts(NamedTuple):
    """Facts of one message.

    ``columns`` are the eleven text columns of the feature set, is_connection_event to unique_chars.
    ``mac_tails`` holds the last two octets of each MAC address with the separator between them.
    """

    columns: tuple[float, ...]
    is_connected: bool
    is_failure: bool
    mac_tails: tuple[str, ...]


def line_facts(message: str) -> LineFacts:
    """Read one message; any text is valid, the empty one too."""
    folded = fold(message)
    special, capitals, digits = _character_counts(message)
    macs = mac_tails(message)
    length = len(message)
    is_failure = _holds(folded, FAILURE_WORDS)
    columns = (
        _holds(folded, CONNECTION_WORDS),
        _holds(folded, AUTH_WORDS),
        is_failure or _holds(folded, ERROR_WORDS),
        len(macs),
        _ip_count(message),
        length,
        len(message.split()),
        special,
        capitals / length if length else 0.0,
        digits,
        len(set(message)),
    )
    return LineFacts(columns, CONNECTED in folded, is_failure, macs)


def mac_tails(message: str) -> tuple[str, ...]:
    """The last two octets of each MAC address, with the separator between them."""
    if message.count(":") + message.count("-") < 5:
        return ()
    return tuple(mac[-5:] for mac in _MAC.findall(message))


def fold(text: str) -> str:
    """Lower case of the same length, in which plain search equals a case-ignoring regular expression."""
    if text.isascii():
        return text.lower()
    return text.replace("İ", "i").replace("ı", "i").replace("ſ", "s").lower()


def _holds(folded: str, words: tuple[str, ...]) -> bool:
    for word in words:  # noqa: SIM110  (a generator costs three times as much here)
        if word in folded:
            return True
    return False


def _ip_count(message: str) -> int:
    if message.count(".") < 3:
        return 0
    return len(_IP.findall(message))


def _character_counts(message: str) -> tuple[int, int, int]:
    """Counts of special characters, ASCII capitals, decimal digits of any script."""
    if not message.isascii():
        return tuple(len(pattern.findall(message)) for pattern in (_SPECIAL, _CAPITAL, _DIGIT))  # type: ignore[return-value]
    raw = message.encode("ascii")
    length = len(raw)
    return (
        len(raw.translate(None, _PLAIN)),
        length - len(raw.translate(None, _CAPITALS)),
        length - len(raw.translate(None, _DIGITS)),
    )
