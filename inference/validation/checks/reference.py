"""Rows that the caller sent: how this version judges them.

Nobody says that they are ordinary, so they never fail a version; they only ask for a look.
"""

import numpy as np

from inference.validation.findings import Finding, Outcome
from inference.validation.plain import some
from inference.validation.subject import Subject

FEWEST_ROWS = 50
_MOST, _FAR = 0.5, 8.0


def check(subject: Subject) -> Outcome:
    """Warnings where most rows are flagged or columns lie far from training; nothing without rows."""
    given = subject.given
    if given is None or not len(given.rows):
        return Outcome(is_applicable=False)
    share = float(np.mean(given.scores > subject.threshold))
    far = _far(subject)
    figures = {
        "rows": len(given.rows),
        "alert_rate": round(share, 6),
        "score_mean": float(given.scores.mean()),
        "score_min": float(given.scores.min()),
        "score_max": float(given.scores.max()),
        "far_columns": far,
    }
    findings = []
    if len(given.rows) < FEWEST_ROWS:
        said = f"{len(given.rows)} reference rows are too few to judge by; send {FEWEST_ROWS} or more."
        return Outcome([Finding.info("reference_small", said)], figures)
    if share > _MOST:
        said = (
            f"{share:.0%} of the reference rows are flagged. If they are ordinary, the threshold is too low."
        )
        findings.append(Finding.warning("reference_mostly_flagged", said, "Train on data like these rows."))
    if far:
        said = f"The median of {some(far)} lies more than {_FAR:g} training deviations from its mean."
        findings.append(Finding.warning("reference_far", said, "Check the unit and order of these columns."))
    return Outcome(findings, figures)


def _far(subject: Subject) -> list[str]:
    state, given = subject.scaler, subject.given
    if state is None or given is None or given.rows.shape[1] != len(state.center):
        return []
    with np.errstate(all="ignore"):
        distance = np.abs(np.median(given.rows, axis=0) - state.center) / state.spread
    chosen = np.flatnonzero((distance > _FAR) & ~state.constant)
    return [subject.feature_names[i] for i in chosen.tolist() if i < len(subject.feature_names)]
