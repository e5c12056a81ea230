"""The estimator is fitted and scores new rows with finite numbers, the same ones every time."""

import numpy as np

from inference.validation.findings import Finding, Outcome
from inference.validation.subject import Subject


def check(subject: Subject) -> Outcome:
    """Errors for scores missing, not finite or not repeatable; a warning for another declared type."""
    figures = {"estimator": subject.estimator, "declared_type": subject.declared_type or None}
    findings = _scoring(subject)
    if note := subject.note("model_type_differs"):
        findings.append(
            Finding.warning(
                note.code, note.detail, "Correct the trainer's metadata, or train the kind of model it names."
            )
        )
    return Outcome(findings, figures)


def _scoring(subject: Subject) -> list[Finding]:
    sample = subject.sample
    if sample is None:
        return [
            Finding.error(
                "estimator_unusable",
                "The model could not score any row, so it cannot serve.",
                "Train it again and export the package anew.",
            )
        ]
    if not np.isfinite(sample.scores).all():
        return [
            Finding.error(
                "scores_not_finite",
                f"{int(np.sum(~np.isfinite(sample.scores)))} of {len(sample.scores)} ordinary rows score no "
                "finite number.",
                "Train it again on finite values.",
            )
        ]
    if not np.array_equal(sample.scores, sample.again):
        return [
            Finding.error(
                "scores_not_repeatable",
                "The same rows score differently each time.",
                "Report the estimator; a detector must be deterministic once it is fitted.",
            )
        ]
    return []
