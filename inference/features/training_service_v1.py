"""Feature set ``training-service-v1``: the 32 columns of the training service, for a batch as given."""

from collections.abc import Sequence

import numpy as np

from inference.features.batch import level_numbers, process_frequencies, process_ranks
from inference.features.clock import clock_columns, instants
from inference.features.contract import Matrix
from inference.features.lines import LineFacts, line_facts
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

    def extract(self, records: Sequence[LogRecord]) -> Matrix:
        """float64 matrix, shape (n_records, 32), columns in ``names`` order, NaN = missing."""
        facts = _facts_per_message(records)
        programs = [record.program for record in records]
        matrix = np.zeros((len(records), len(self.names)))
        if not records:
            return matrix
        matrix[:, :6] = clock_columns([record.timestamp for record in records])
        matrix[:, 6:17] = [fact.columns for fact in facts]
        matrix[:, 17] = process_ranks(programs)
        matrix[:, 18] = level_numbers([record.level for record in records])
        matrix[:, 19] = process_frequencies(programs)
        counted = _windows_in_time_order(records, facts)
        matrix[: len(counted), 20:] = counted  # the row-order quirk: by place, not by line
        return matrix


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


def _windows_in_time_order(records: Sequence[LogRecord], facts: Sequence[LineFacts]) -> Matrix:
    """Window columns of the lines that have a time, shape (n_timed, 12), ascending in time."""
    order = [place for place in time_order(records) if records[place].timestamp is not None]
    stamps = [stamp for place in order if (stamp := records[place].timestamp) is not None]
    return window_columns(
        instants(stamps),
        np.array([facts[place].is_connected for place in order], dtype=np.bool_),
        np.array([facts[place].is_failure for place in order], dtype=np.bool_),
        macs=_occurrences([facts[place].mac_tails for place in order]),
        programs=_occurrences([_named(records[place].program) for place in order]),
    )


def _named(program: str | None) -> tuple[str, ...]:
    return () if program is None else (program,)


def _occurrences(words_per_line: Sequence[tuple[str, ...]]) -> Occurrences:
    number: dict[str, int] = {}
    pairs = [
        (line, number.setdefault(word, len(number)))
        for line, words in enumerate(words_per_line)
        for word in words
    ]
    table = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2)
    return Occurrences(lines=table[:, 0], keys=table[:, 1])
