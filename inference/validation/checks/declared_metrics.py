"""Metrics that the package declares: possible, consistent, and not true by construction.

A metric that is absent or null is "not given". Unsupervised models have no labels, so none is required.
"""

from collections.abc import Mapping
from typing import Any

from inference.validation import claims
from inference.validation.findings import Finding, Outcome
from inference.validation.plain import some
from inference.validation.subject import Subject

SHARES = ("anomaly_ratio", "accuracy", "precision", "recall", "f1_score", "roc_auc", "average_precision")
_CHANCE = 0.5
_EVALUATE = "Evaluate the model on labelled incidents, or leave the metric out."


def check(subject: Subject) -> Outcome:
    """Warnings for impossible, inconsistent or worthless figures; nothing where none is given."""
    metrics = subject.metrics if isinstance(subject.metrics, Mapping) else {}
    given = {name: value for name in SHARES if (value := claims.number(metrics, name)) is not None}
    findings = [
        *_malformed(metrics),
        *_impossible(metrics, given),
        *_inconsistent(given),
        *_worthless(given),
        *_tautologies(subject),
    ]
    figures = {"given": given, "not_given": [name for name in SHARES if name not in given]}
    return Outcome(findings, figures, is_applicable=bool(given or findings))


def _malformed(metrics: Mapping[str, Any]) -> list[Finding]:
    odd = [name for name in metrics if metrics[name] is not None and claims.number(metrics, name) is None]
    if not odd:
        return []
    said = f"Not a finite number and therefore not used: {some(odd)}."
    return [Finding.warning("metric_malformed", said, "Write numbers, or null for what is not known.")]


def _impossible(metrics: Mapping[str, Any], given: Mapping[str, float]) -> list[Finding]:
    wrong = [f"{name} {value:g}" for name, value in given.items() if not 0.0 <= value <= 1.0]
    low, mean, high = (claims.number(metrics, f"score_{name}") for name in ("min", "mean", "max"))
    std = claims.number(metrics, "score_std")
    if std is not None and std < 0:
        wrong.append(f"score_std {std:g}")
    if low is not None and high is not None and low > high:
        wrong.append(f"score_min {low:g} above score_max {high:g}")
    elif mean is not None and ((low is not None and mean < low) or (high is not None and mean > high)):
        wrong.append(f"score_mean {mean:g} outside the scores")
    if not wrong:
        return []
    return [
        Finding.warning(
            "metric_impossible", f"Cannot be true: {some(wrong)}.", "Check the trainer's evaluation."
        )
    ]


def _inconsistent(given: Mapping[str, float]) -> list[Finding]:
    if not {"precision", "recall", "f1_score"} <= set(given):
        return []
    precision, recall = given["precision"], given["recall"]
    if not (0 <= precision <= 1 and 0 <= recall <= 1) or precision + recall == 0:
        return []
    expected = 2 * precision * recall / (precision + recall)
    if abs(expected - given["f1_score"]) <= 0.02:
        return []
    said = f"f1_score is {given['f1_score']:g}; precision and recall make it {expected:.3g}."
    return [Finding.warning("metric_inconsistent", said, "Check the trainer's evaluation.")]


def _worthless(given: Mapping[str, float]) -> list[Finding]:
    auc = given.get("roc_auc")
    if auc is None or not 0.0 <= auc < _CHANCE:
        return []
    said = f"roc_auc {auc:g} is below chance: the scores may be upside down."
    return [Finding.warning("metric_below_chance", said, _EVALUATE)]


def _tautologies(subject: Subject) -> list[Finding]:
    """A recall of exactly 1 for a detector without labels: labels were made from the very scores."""
    perfect = [
        ".".join(path[1:])[-80:]
        for path, value in claims.leaves(subject.metadata)
        if path
        and "recall" in path[-1].lower()
        and isinstance(value, int | float)
        and not isinstance(value, bool)
        and value == 1
    ]
    if not perfect:
        return []
    said = (
        f"A recall of exactly 1 ({some(sorted(perfect), most=3)}) comes out by construction where "
        "labels are made from the scores themselves; it says nothing about incidents."
    )
    return [Finding.warning("metric_tautological", said, _EVALUATE)]
