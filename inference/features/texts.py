"""What many messages say by themselves, read together as one array of bytes.

Equal to :mod:`inference.features.lines` in every value; faster from about a hundred messages on. Each byte
is looked up in a table, and one sum per message counts four kinds at once, in sixteen bits each.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inference.features import lines
from inference.features.contract import Matrix
from inference.features.lines import LineFacts, line_facts

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_Bytes = npt.NDArray[np.uint8]

LONGEST = 2**15  # longer messages are read one by one: a count of theirs might not fit its sixteen bits
_BETWEEN = 0x80  # stands after each message, and in no ASCII text
_EVERY = np.arange(256)


def _bytes_that(belong: Callable[[int], bool]) -> Flags:
    return np.array([byte < _BETWEEN and belong(byte) for byte in range(256)])


_SPACE = _bytes_that(lambda byte: chr(byte).isspace())
_CAPITAL = _bytes_that(lambda byte: chr(byte).isupper())
_DIGIT = _bytes_that(lambda byte: chr(byte).isdigit())
_LETTER = _bytes_that(lambda byte: chr(byte).isalpha() or chr(byte) == "_")  # \w without digits
_SPECIAL = _bytes_that(lambda byte: not (chr(byte).isalnum() or chr(byte).isspace()))
_SPACE[_BETWEEN] = True
_COUNTED = (
    _SPECIAL.astype(np.int64) | _CAPITAL.astype(np.int64) << 16 | _DIGIT.astype(np.int64) << 32
)  # the words take the highest sixteen bits
_LOW = np.where(_EVERY < 64, np.uint64(1) << (_EVERY % 64).astype(np.uint64), np.uint64(0))
_HIGH = np.where(
    (_EVERY >= 64) & (_EVERY < _BETWEEN), np.uint64(1) << (_EVERY % 64).astype(np.uint64), np.uint64(0)
)


class TextFacts(NamedTuple):
    """Facts of n messages: the fields of :class:`inference.features.lines.LineFacts`, element i of message i.

    ``columns`` float64 (n, 11); the flags (n,).
    """

    columns: Matrix
    is_connected: Flags
    is_failure: Flags
    mac_tails: list[tuple[str, ...]]


def text_facts(messages: Sequence[str]) -> TextFacts:
    """Read n messages; any text is valid, the empty one too."""
    found = TextFacts(
        np.zeros((len(messages), 11)),
        np.zeros(len(messages), np.bool_),
        np.zeros(len(messages), np.bool_),
        [()] * len(messages),
    )
    plain = [place for place, text in enumerate(messages) if text.isascii() and len(text) < LONGEST]
    if plain:
        _read_together(found, plain, [messages[place] for place in plain])
    if len(plain) < len(messages):
        for place in set(range(len(messages))).difference(plain):
            _set(found, place, line_facts(messages[place]))
    return found


def _set(found: TextFacts, place: int, facts: LineFacts) -> None:
    found.columns[place] = facts.columns
    found.is_connected[place], found.is_failure[place] = facts.is_connected, facts.is_failure
    found.mac_tails[place] = facts.mac_tails


def _read_together(found: TextFacts, places: list[int], messages: list[str]) -> None:
    joined = "\n".join([*messages, ""]).encode("ascii")
    lengths = np.fromiter(map(len, messages), np.int64, len(messages))
    ends = np.cumsum(lengths + 1) - 1
    starts = ends - lengths
    text = np.frombuffer(joined, np.uint8).copy()
    text[ends] = _BETWEEN
    holds = _Search(joined.lower(), ends)
    is_connected, is_failure = holds([lines.CONNECTED]), holds(lines.FAILURE_WORDS)
    is_connection = is_connected | holds(lines.CONNECTION_WORDS[1:])
    is_error = is_failure | holds(lines.ERROR_WORDS[len(lines.FAILURE_WORDS) :])
    for place, message in zip(places, messages, strict=True):
        if message.count(":") + message.count("-") >= 5:
            found.mac_tails[place] = lines.mac_tails(message)
    words, special, capitals, digits = _counts(text, starts)
    found.columns[places] = np.column_stack(
        [
            is_connection,
            holds(lines.AUTH_WORDS),
            is_error,
            [len(found.mac_tails[place]) for place in places],
            _addresses(text, ends),
            lengths,
            words,
            special,
            np.divide(capitals, lengths, out=np.zeros(len(messages)), where=lengths > 0),
            digits,
            _different(text, starts),
        ]
    )
    found.is_connected[places], found.is_failure[places] = is_connected, is_failure


class _Search:
    """Which of the messages that end at ``ends`` of one text hold any of some words; flags, shape (n,)."""

    def __init__(self, folded: bytes, ends: Positions) -> None:
        self._folded, self._ends = folded, ends

    def __call__(self, words: Sequence[str]) -> Flags:
        flags = np.zeros(len(self._ends), np.bool_)
        for word in words:
            sought, found, at = word.encode("ascii"), [], -1
            while (at := self._folded.find(sought, at + 1)) >= 0:
                found.append(at)
            flags[np.searchsorted(self._ends, found)] = True
        return flags


def _counts(text: _Bytes, starts: Positions) -> tuple[Positions, ...]:
    """Words, special characters, capitals and digits of each message, each of shape (n,)."""
    is_space = _SPACE[text]
    begins = ~is_space
    begins[1:] &= is_space[:-1]
    packed = _COUNTED[text]
    packed[begins] += 1 << 48
    sums = np.add.reduceat(packed, starts)
    return sums >> 48, sums & 0xFFFF, sums >> 16 & 0xFFFF, sums >> 32 & 0xFFFF


def _different(text: _Bytes, starts: Positions) -> Positions:
    """How many different characters each message has: one bit for each of them, 128 in all."""
    counts = [np.bitwise_count(np.bitwise_or.reduceat(table[text], starts)) for table in (_LOW, _HIGH)]
    return counts[0].astype(np.int64) + counts[1]


def _addresses(text: _Bytes, ends: Positions) -> Positions:
    r"""Matches of ``\b(?:\d{1,3}\.){3}\d{1,3}\b`` per message: four short runs of digits, dots between."""
    digit = _DIGIT[text].view(np.int8)
    steps = np.diff(digit, prepend=np.int8(0))
    first, after = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    counts = np.zeros(len(ends), np.int64)
    if len(first) < 4:
        return counts
    is_short = after - first <= 3
    is_linked = (text[after[:-1]] == ord(".")) & (first[1:] == after[:-1] + 1)
    before = text[np.maximum(first - 1, 0)]
    opens = is_short & ~(_LETTER[before] & (first > 0))
    closes = is_short & ~_LETTER[text[after]]
    four = opens[:-3] & is_short[1:-2] & is_short[2:-1] & closes[3:]
    four &= is_linked[:-2] & is_linked[1:-1] & is_linked[2:]
    begins = _apart(np.flatnonzero(four))
    np.add.at(counts, np.searchsorted(ends, first[begins]), 1)
    return counts


def _apart(places: Positions) -> Positions:
    """The places that a search from left to right stops at: the next one is at least four runs on."""
    if not len(places) or np.diff(places, prepend=-4).min() >= 4:
        return places
    kept, free = [], 0
    for place in places.tolist():
        if place >= free:
            kept.append(place)
            free = place + 4
    return np.array(kept, np.int64)
