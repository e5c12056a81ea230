"""The stored files are what was imported, and what the trainer signed."""

from collections.abc import Mapping

from inference.validation import claims
from inference.validation.findings import Finding, Outcome
from inference.validation.plain import some
from inference.validation.subject import Subject

_ROLES = {
    "model.joblib": "original_model",
    "scaler.joblib": "original_scaler",
    "metadata.json": "metadata",
    "features.json": "features",
    "probe_rows.json": "probe_rows",
    "calibration_scores.json": "calibration_scores",
    "reference_profile.json": "reference_profile",
}


def check(subject: Subject) -> Outcome:
    """Errors for damaged files and for files that are not those of the manifest; a warning without one."""
    signed = _signed(subject)
    differing = [
        name
        for name, expected in signed.items()
        if name in _ROLES and subject.files.get(_ROLES[name], expected) != expected
    ]
    findings = []
    if subject.damaged:
        findings.append(
            Finding.error(
                "artefact_damaged",
                f"Damaged or missing in the store: {some(sorted(subject.damaged))}.",
                "Import the package again; that repairs the version.",
            )
        )
    if differing:
        findings.append(
            Finding.error(
                "hash_mismatch",
                f"Not the files that the manifest describes: {some(differing)}.",
                "Export the package again and import it.",
            )
        )
    if not signed:
        findings.append(
            Finding.warning(
                "manifest_absent",
                "The package has no manifest with hashes: damage on its way here could not be ruled out.",
                "Import the deployment package of the training service instead.",
            )
        )
    elif note := subject.note("hash_absent"):
        findings.append(Finding.info(note.code, note.detail))
    figures = {"files_stored": len(subject.files), "hashes_compared": len(signed)}
    return Outcome(findings, figures)


def _signed(subject: Subject) -> Mapping[str, str]:
    """SHA-256 by file name as the manifest gives them; entries of another shape are left out."""
    listed = claims.section(subject.metadata, "deployment_manifest.json", "file_integrity")
    return {name: text.lower() for name, text in listed.items() if isinstance(text, str)}
