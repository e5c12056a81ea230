"""All checks in the order of a report; a new one is registered here and nowhere else."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from inference.validation.checks import (
    age,
    declared_metrics,
    estimator,
    features,
    integrity,
    libraries,
    probes,
    reference,
    safe_form,
    scaling,
    score_spread,
    structure,
    threshold,
    training_size,
)
from inference.validation.findings import CheckResult, Finding, Outcome, Status
from inference.validation.plain import plain, text
from inference.validation.subject import Subject

log = logging.getLogger(__name__)

# Grows with every change of what a check finds: only reports of equal rules can be compared as such, and
# the gate asks for a report by the present ones.
RULES = 1


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name in reports, its words for people, and what looks."""

    name: str
    title: str
    look: Callable[[Subject], Outcome]


CHECKS = (
    Check("package_structure", "Package structure", structure.check),
    Check("integrity", "Integrity of the files", integrity.check),
    Check("safe_form", "Safe form opens", safe_form.check),
    Check("estimator", "Estimator fitted and usable", estimator.check),
    Check("features", "Feature names, number and order", features.check),
    Check("scaler", "Scaler columns", scaling.check),
    Check("training_size", "Training size", training_size.check),
    Check("threshold", "Threshold", threshold.check),
    Check("score_spread", "Spread of the scores", score_spread.check),
    Check("declared_metrics", "Declared metrics", declared_metrics.check),
    Check("age", "Age", age.check),
    Check("libraries", "Library versions", libraries.check),
    Check("probe_rows", "Scores reproduced", probes.check),
    Check("reference_data", "Reference data", reference.check),
)


def run(subject: Subject) -> tuple[CheckResult, ...]:
    """The result of every check, in order; no input makes this raise."""
    return tuple(_result(check, subject) for check in CHECKS)


def _result(check: Check, subject: Subject) -> CheckResult:
    try:
        outcome = check.look(subject)
        findings = tuple(
            Finding(f.severity, f.code, text(f.description), text(f.recommendation)) for f in outcome.findings
        )
        return CheckResult(check.name, check.title, outcome.status, findings, plain(outcome.figures))
    except Exception:
        # Never a passed check, never a crash: what could not be checked is said to be so.
        log.exception("validation check failed", extra={"check": check.name, "version": subject.reference})
        finding = Finding.error(
            "check_impossible",
            "This could not be checked: what the package says is too malformed. The log has the details.",
            "Export the package again.",
        )
        return CheckResult(check.name, check.title, Status.FAILED, (finding,))
