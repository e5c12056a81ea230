"""What serves gives the scores it should: the trainer's for its probe rows, a second evaluator's else."""

from typing import Any

import numpy as np

from inference.validation.findings import Finding, Outcome
from inference.validation.subject import Subject

TOLERANCE = 1e-9
_AGAIN = "Do not deploy it. Export model, scaler and probe rows of one training again."


def check(subject: Subject) -> Outcome:
    """An error where a score differs by more than 1e-9 (relative above 1); nothing without expected ones."""
    sample = subject.sample
    if sample is None or sample.expected is None:
        kind = None if sample is None else sample.kind
        return Outcome(figures={"rows_kind": kind}, is_applicable=False)
    figures: dict[str, Any] = {
        "rows": len(sample.rows),
        "rows_kind": sample.kind,
        "tolerance": TOLERANCE,
        "largest_difference": None,
    }
    if sample.expected.shape != sample.scores.shape:
        said = (
            f"The package brings {len(sample.expected)} expected scores for {len(sample.scores)} probe rows."
        )
        return Outcome([Finding.error("probe_rows_malformed", said, _AGAIN)], figures)
    difference = np.abs(sample.scores - sample.expected) / np.maximum(1.0, np.abs(sample.expected))
    wrong = int(np.sum(~(difference <= TOLERANCE)))  # a difference that is not a number counts as wrong
    if np.isfinite(difference).all():
        figures["largest_difference"] = float(difference.max(initial=0.0))
    if not wrong:
        return Outcome(figures=figures)
    whose = "in training" if sample.kind == "probe_rows" else "by a second evaluation of its trees"
    said = f"{wrong} of {len(difference)} rows score differently here than {whose}."
    return Outcome([Finding.error("probe_scores_differ", said, _AGAIN)], figures)
