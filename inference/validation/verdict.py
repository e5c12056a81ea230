"""From a subject to its report: all checks, and the figures that summaries show."""

from typing import Any

from inference.validation import catalog
from inference.validation.findings import CheckResult, Finding, Status
from inference.validation.report import Report
from inference.validation.subject import Subject
from modelhub.errors import ModelhubError

# Figures of checks that every summary shows: key of the summary → (check, figure).
_SHOWN = {
    "training_samples": ("training_size", "training_samples"),
    "rows_per_feature": ("training_size", "rows_per_feature"),
    "n_features": ("features", "n_features"),
    "constant_columns": ("scaler", "constant_columns"),
    "threshold": ("threshold", "threshold"),
    "threshold_source": ("threshold", "threshold_source"),
    "implied_alert_rate": ("threshold", "implied_alert_rate"),
    "alert_rate_evidence": ("threshold", "evidence"),
    "score_std": ("score_spread", "score_std"),
    "probe_difference": ("probe_rows", "largest_difference"),
    "age_days": ("age", "age_days"),
    "declared": ("declared_metrics", "given"),
    "reference_alert_rate": ("reference_data", "alert_rate"),
}


def examine(subject: Subject) -> Report:
    """The report on the subject; the same subject and rules always give the same one."""
    checks = catalog.run(subject)
    return Report(checks, catalog.RULES, _summary(checks))


def refused(error: ModelhubError) -> Report:
    """The report on a package that could not even be opened: one failed check with the reason."""
    finding = Finding.error(str(error.code), error.detail, "Correct the package and export it again.")
    check = CheckResult("package_structure", "Package structure", Status.FAILED, (finding,))
    return Report((check,), catalog.RULES, _summary((check,)))


def _summary(checks: tuple[CheckResult, ...]) -> dict[str, Any]:
    figures = {check.name: check.figures for check in checks}
    return {key: figures.get(check, {}).get(name) for key, (check, name) in _SHOWN.items()}
