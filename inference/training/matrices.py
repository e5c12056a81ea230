"""From log records to the training matrix, batch by batch."""

from collections.abc import Callable, Iterable
from itertools import islice

import numpy as np

from inference.features.contract import FeatureSet, Matrix
from inference.features.missing import fill_missing
from inference.records import LogRecord, time_order
from modelhub.errors import Code, InputInvalid


def training_matrix(
    records: Iterable[LogRecord],
    feature_set: FeatureSet,
    *,
    batch_records: int,
    advance: Callable[[int], None] = lambda _count: None,
) -> Matrix:
    """Features of all records, float64 (n_records, n_features), finite, batches in time order inside.

    Features depend on the batch they are computed in, so training must cut batches as scoring will: every
    ``batch_records`` records in the order given. ``advance`` is told how many records were done.

    Raises:
        InputInvalid: no record at all, or a column without a single value.
    """
    remaining = iter(records)
    parts: list[Matrix] = []
    while batch := list(islice(remaining, batch_records)):
        parts.append(fill_missing(feature_set.extract([batch[i] for i in time_order(batch)])))
        advance(len(batch))
    if not parts:
        raise InputInvalid(
            Code.RECORD_INVALID, "There is no log record to train on. Name a file that holds some."
        )
    matrix = fill_missing(np.concatenate(parts))
    absent = np.isnan(matrix).all(axis=0)
    if absent.any():
        columns = ", ".join(np.array(feature_set.names)[absent])
        raise InputInvalid(
            Code.FEATURES_NOT_FINITE,
            f"No record has a value for {columns}. Train on lines that carry a timestamp and a program.",
        )
    return matrix
