"""The package has the files that a version is made of."""

from inference.validation.findings import Finding, Outcome
from inference.validation.subject import Subject

_SAFE_FORMS = ("forest_tables", "estimators")


def check(subject: Subject) -> Outcome:
    """An error without a safe form, a warning without metadata or the original files; extras are counted."""
    files = set(subject.files)
    findings = []
    if not files & set(_SAFE_FORMS):
        findings.append(
            Finding.error(
                "safe_form_missing", "No safe form of the model is stored.", "Import the package again."
            )
        )
    if "metadata" not in files:
        findings.append(
            Finding.warning(
                "metadata_missing",
                "The package's metadata file is not stored, so its claims cannot be traced to it.",
                "Import the package again.",
            )
        )
    if "original_model" not in files:
        findings.append(
            Finding.info(
                "original_missing", "The original model file is not stored; the safe form serves alone."
            )
        )
    if note := subject.note("text_members_ignored", "files_ignored"):
        findings.append(Finding.info(note.code, note.detail))
    extras = [name for name in ("probe_rows", "calibration_scores", "reference_profile") if name in files]
    return Outcome(findings, {"files": sorted(files), "extras": extras})
