"""The safe form opens here, in this process, as it would for serving."""

from inference.validation.findings import Finding, Outcome
from inference.validation.subject import Subject


def check(subject: Subject) -> Outcome:
    """An error with the reason when the safe form cannot be opened."""
    figures = {"form": "forest_tables" if "forest_tables" in subject.files else "estimators"}
    if not subject.problem:
        return Outcome(figures=figures)
    finding = Finding.error(
        "safe_form_unusable",
        subject.problem,
        "Import the package again. If it stays, train it with a supported scikit-learn.",
    )
    return Outcome([finding], figures)
