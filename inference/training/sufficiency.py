"""How many records a training needs before its threshold means anything."""

from modelhub.errors import Code, InputInvalid

LEAST_RECORDS = 50
FEW_RECORDS = 1_000


def check_enough(records: int) -> str:
    """A sentence of warning where ``records`` are few, else an empty text.

    Raises:
        InputInvalid: ``record_invalid`` below ``LEAST_RECORDS``.
    """
    if records < LEAST_RECORDS:
        raise InputInvalid(
            Code.RECORD_INVALID,
            f"{records} records are too few to train on; at least {LEAST_RECORDS} are needed and "
            f"{FEW_RECORDS:,} are a good start. Name more files.",
        )
    if records < FEW_RECORDS:
        return (
            f"Trained on {records} records only; below {FEW_RECORDS:,} the threshold is a rough guess. "
            "Train on more before this serves."
        )
    return ""
