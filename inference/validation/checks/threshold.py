"""The threshold is in the space of the scores, and flags neither most of the training rows nor none.

More than half of the training rows above a threshold is the sign of a wrong tail or a wrong sign: an
anomaly is rare by definition. Between 30 % and half it is a question for a person.
"""

import math

from inference.validation import alertrate, claims, counts
from inference.validation.findings import Finding, Outcome
from inference.validation.subject import Subject

MOST, MANY = 0.5, 0.3
_TRAIN_AGAIN = "Export the package with the right threshold: high scores are anomalous, about the top tenth."


def check(subject: Subject) -> Outcome:
    """Errors for a threshold that flags most of the training rows; warnings for repaired and odd ones."""
    if not math.isfinite(subject.threshold):
        return Outcome(
            [Finding.error("threshold_not_finite", "The threshold is not a finite number.", _TRAIN_AGAIN)]
        )
    rate = alertrate.alert_rate(subject, subject.threshold)
    ratio = claims.number(subject.metrics, "anomaly_ratio")
    figures = {
        "threshold": subject.threshold,
        "threshold_source": subject.threshold_source,
        "detector_threshold": -subject.offset if math.isfinite(subject.offset) else None,
        "implied_alert_rate": None if rate is None else round(rate.share, 6),
        "evidence": None if rate is None else rate.evidence,
        "evidence_rows": None if rate is None else rate.rows,
        "declared_anomaly_ratio": ratio,
    }
    findings = [*_repaired(subject), *_rate(subject, rate, ratio), *_recorded(subject, ratio)]
    return Outcome(findings, figures)


def _repaired(subject: Subject) -> list[Finding]:
    """What the import did not believe; it serves with the detector's own threshold, which is said."""
    note = subject.note("threshold_sign", "threshold_suspect")
    return [] if note is None else [Finding.warning(note.code, note.detail, _TRAIN_AGAIN)]


def _rate(subject: Subject, rate: alertrate.AlertRate | None, ratio: float | None) -> list[Finding]:
    if rate is None:
        return []
    if not rate.is_of_training:
        return _without_training(subject, rate)
    flags = f"The threshold {subject.threshold:.6g} flags about {rate.share:.0%} of the training rows "
    flags += f"({_words(rate)})"
    if rate.share >= MOST:
        said = f"{flags}; anomalies are rare by definition, so it is of the wrong tail or sign."
        return [Finding.error("threshold_flags_most", said, _TRAIN_AGAIN)]
    if rate.share > MANY:
        said = f"{flags}; few of them should be anomalies."
        return [Finding.warning("threshold_flags_many", said, _TRAIN_AGAIN)]
    if rate.share == 0.0:
        said = f"The threshold flags none of the training rows ({_words(rate)}); it may never raise an alert."
        return [Finding.warning("threshold_flags_none", said, "Score known incidents before this serves.")]
    if ratio is not None and 0.0 < ratio < 1.0 and abs(rate.share - ratio) > max(0.05, ratio):
        said = f"{flags}; the package declares {ratio:.1%}."
        return [Finding.warning("anomaly_ratio_differs", said, _TRAIN_AGAIN)]
    return []


def _without_training(subject: Subject, rate: alertrate.AlertRate) -> list[Finding]:
    """Rows that are no training rows show one thing: a cut below every score and below the detector's own."""
    own = alertrate.alert_rate(subject, -subject.offset)
    if rate.share == 1.0 and own is not None and own.share < 1.0 and subject.threshold < -subject.offset:
        said = (
            f"The threshold {subject.threshold:.6g} lies below the score of every ordinary row "
            f"({_words(rate)}); the detector's own is {-subject.offset:.6g}."
        )
        return [Finding.error("threshold_flags_most", said, _TRAIN_AGAIN)]
    return []


def _recorded(subject: Subject, ratio: float | None) -> list[Finding]:
    """Anomaly counts in the metadata against the declared ratio, or against common sense."""
    worst = counts.most_anomalies(subject)
    if worst is None:
        return []
    share = worst.count / worst.rows
    expected = ratio if ratio is not None else MANY
    if share <= MOST and (ratio is None or abs(share - expected) <= max(0.05, expected)):
        return []
    said = f"{worst.name} records {worst.count:,} of {worst.rows:,} training rows as anomalies"
    said += f", while anomaly_ratio says {ratio:g}." if ratio is not None else "."
    if share > MOST and subject.threshold_source in ("manifest", "metadata"):
        return [
            Finding.error(
                "recorded_counts", f"{said} The threshold was taken from the wrong tail.", _TRAIN_AGAIN
            )
        ]
    return [Finding.warning("recorded_counts", said, _TRAIN_AGAIN)]


def _words(rate: alertrate.AlertRate) -> str:
    words = {
        "calibration_scores": "counted on {rows} scores of the package",
        "score_statistics": "from the declared score statistics",
        "contamination": "the detector's own contamination",
        "probe_rows": "on {rows} probe rows of the package",
        "made_rows": "on {rows} rows made from the scaler",
    }
    rows = f"{rate.rows:,}" if rate.rows is not None else "some"
    return words[rate.evidence].format(rows=rows)
