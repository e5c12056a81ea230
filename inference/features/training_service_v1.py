"""Feature set ``training-service-v1``: the 32 columns of the training service, for a batch as given."""

from collections.abc import Sequence

import numpy as np

from inference.features.batch import level_numbers, process_frequencies, process_ranks
from inference.features.clock import clock_rows, instants
from inference.features.contract import Matrix
from inference.features.lines import LineFacts, line_facts
from inference.features.stepping import stepped_columns
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
        """``stepped_below``: batches with fewer lines get their windows without array set-up."""
        self._stepped_below = stepped_below

    def extract(self, records: Sequence[LogRecord]) -> Matrix:
        """float64 matrix, shape (n_records, 32), columns in ``names`` order, NaN = missing."""
        matrix = np.zeros((len(records), len(self.names)))
        if not records:
            return matrix
        facts = _facts_per_message(records)
        programs = [record.program for record in records]
        matrix[:, :6] = clock_rows([record.timestamp for record in records])
        matrix[:, 6:17] = [fact.columns for fact in facts]
        matrix[:, 17] = process_ranks(programs)
        matrix[:, 18] = level_numbers([record.level for record in records])
        matrix[:, 19] = process_frequencies(programs)
        timed = [place for place in time_order(records) if records[place].timestamp is not None]
        if timed:  # the row-order quirk: results go by place, not to the lines they were counted for
            matrix[: len(timed), 20:] = self._windows(
                instants([records[place].timestamp for place in timed]),
                [facts[place] for place in timed],
                [programs[place] for place in timed],
            )
        return matrix

    def _windows(
        self, times: list[int], facts: list[LineFacts], programs: list[str | None]
    ) -> Matrix | list[tuple[int, ...]]:
        """Window columns, shape (n_timed, 12), of lines in ascending time."""
        if len(times) < self._stepped_below:
            return stepped_columns(times, facts, programs)
        return window_columns(
            np.array(times, dtype=np.int64),
            np.array([fact.is_connected for fact in facts], dtype=np.bool_),
            np.array([fact.is_failure for fact in facts], dtype=np.bool_),
            macs=_occurrences([fact.mac_tails for fact in facts]),
            programs=_occurrences([() if name is None else (name,) for name in programs]),
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
