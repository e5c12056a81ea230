"""Feature set ``training-service-v1``: the 32 columns of the training service, for a batch as given."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from inference.features.batch import level_numbers, process_frequencies, process_ranks
from inference.features.clock import clock_rows, instants
from inference.features.contract import Matrix
from inference.features.lines import LineFacts, line_facts
from inference.features.stepping import stepped_columns
from inference.features.texts import text_facts
from inference.features.windows import WINDOW_MINUTES, Occurrences, window_columns
from inference.records import LogRecord, time_order

_PER_LINE = (
    "hour_of_day",
    "day_of_week",
    "minute_of_hour",
    "time_since_midnight",
    "is_weekend",
    "is_business_hours",
    "is_connection_event",
    "is_auth_event",
    "is_error_event",
    "mac_count",
    "ip_count",
    "message_length",
    "word_count",
    "special_char_count",
    "uppercase_ratio",
    "number_count",
    "unique_chars",
    "process_rank",
    "log_level_numeric",
    "process_frequency",
)
_WINDOW_NAMES = {5: "5min", 15: "15min", 60: "1hour"}
_PER_WINDOW = tuple(
    f"window_{_WINDOW_NAMES[minutes]}_{measure}"
    for minutes in WINDOW_MINUTES
    for measure in ("connection_count", "unique_macs", "error_count", "process_diversity")
)


class TrainingServiceV1:
    """The training service's extractor, reproduced for one batch.

    Columns 18, 20 and 21-32 depend on the other lines of the batch. Quirk, kept on purpose: the k-th
    window result in time order stands in the k-th row of the input order. Give batches sorted by time
    (:func:`inference.records.time_order`) and the quirk has no effect.
    """

    name: str = "training-service-v1"
    names: tuple[str, ...] = _PER_LINE + _PER_WINDOW
    calendar: frozenset[str] = frozenset(_PER_LINE[:6])

    def __init__(self, *, stepped_below: int = 100) -> None:
        """``stepped_below``: batches with fewer lines are read one by one, without array set-up."""
        self._stepped_below = stepped_below

    def extract(self, records: Sequence[LogRecord]) -> Matrix:
        """float64 matrix, shape (n_records, 32), columns in ``names`` order, NaN = missing."""
        matrix = np.zeros((len(records), len(self.names)))
        if not records:
            return matrix
        programs = [record.program for record in records]
        is_small = len(records) < self._stepped_below
        read: _Read = _Stepped(records) if is_small else _Vectorised(records)
        matrix[:, :6] = clock_rows([record.timestamp for record in records])
        matrix[:, 6:17] = read.columns
        matrix[:, 17] = process_ranks(programs)
        matrix[:, 18] = level_numbers([record.level for record in records])
        matrix[:, 19] = process_frequencies(programs)
        timed = [place for place in time_order(records) if records[place].timestamp is not None]
        if timed:  # the row-order quirk: results go by place, not to the lines they were counted for
            times = instants([records[place].timestamp for place in timed])
            matrix[: len(timed), 20:] = read.windows(times, timed, [programs[place] for place in timed])
        return matrix


class _Read(Protocol):
    """A batch of messages, read. ``columns`` are the text columns of each record, shape (n, 11).

    ``windows`` answers the window columns, shape (n_timed, 12), of the records at these places, whose
    times (microseconds) ascend.
    """

    @property
    def columns(self) -> Matrix | list[tuple[float, ...]]: ...

    def windows(
        self, times: list[int], places: list[int], programs: list[str | None]
    ) -> Matrix | list[tuple[int, ...]]: ...


class _Stepped:
    """Few records, read one by one."""

    def __init__(self, records: Sequence[LogRecord]) -> None:
        self._facts = _facts_per_message(records)
        self.columns = [fact.columns for fact in self._facts]

    def windows(
        self, times: list[int], places: list[int], programs: list[str | None]
    ) -> list[tuple[int, ...]]:
        return stepped_columns(times, [self._facts[place] for place in places], programs)


class _Vectorised:
    """Many records, their different messages read together."""

    def __init__(self, records: Sequence[LogRecord]) -> None:
        number: dict[str, int] = {}
        self._which = np.array([number.setdefault(record.message, len(number)) for record in records])
        self._facts = text_facts(list(number))
        self.columns = self._facts.columns[self._which]

    def windows(self, times: list[int], places: list[int], programs: list[str | None]) -> Matrix:
        which, tails = self._which[places], self._facts.mac_tails
        return window_columns(
            np.array(times, dtype=np.int64),
            self._facts.is_connected[which],
            self._facts.is_failure[which],
            macs=_occurrences([tails[place] for place in which.tolist()]),
            programs=_one_each(programs),
        )


def _facts_per_message(records: Sequence[LogRecord]) -> list[LineFacts]:
    """One reading per different message: logs repeat themselves."""
    known: dict[str, LineFacts] = {}
    facts = []
    for record in records:
        fact = known.get(record.message)
        if fact is None:
            fact = known[record.message] = line_facts(record.message)
        facts.append(fact)
    return facts


def _occurrences(words_per_line: Sequence[tuple[str, ...]]) -> Occurrences:
    number: dict[str, int] = {}
    pairs = [
        (line, number.setdefault(word, len(number)))
        for line, words in enumerate(words_per_line)
        for word in words
    ]
    table = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2)
    return Occurrences(lines=table[:, 0], keys=table[:, 1])


def _one_each(words: Sequence[str | None]) -> Occurrences:
    number: dict[str | None, int] = {None: -1}
    keys = np.array([number.setdefault(word, len(number)) for word in words], dtype=np.int64)
    lines = np.flatnonzero(keys >= 0)
    return Occurrences(lines=lines, keys=keys[lines])
