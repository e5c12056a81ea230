"""ModelValidationReport: the verdict with everything a person needs to understand and follow it."""

from typing import Any

from django.utils import timezone

from inference.models import ValidationReport
from inference.validation import catalog, claims, operation, presentation
from inference.validation.report import Report
from modelhub.artifacts.types import PreparedPackage
from modelhub.registry.models import ModelVersion


def of_version(version: ModelVersion) -> dict[str, Any]:
    """The newest stored report on the version; one made now, and not kept, where there is none."""
    row = operation.latest(version)
    if row is None:
        quality = presentation.outcome(operation.examine(version))
        report, at = None, timezone.now()
    else:
        quality = presentation.result(row)
        report, at = row.pk, row.validated_at
    return {
        "model": version.model.name,
        "version": version.label,
        "model_path": f"sha256:{version.digest}",
        "validation_timestamp": at,
        "report_id": report,
        "stored": row is not None,
        "rules_current": row is None or row.rules == catalog.RULES,
        "quality": quality,
        "package_structure": _structure(version),
        "metadata": _metadata(version),
        "trainer_notes": _trainer_notes(version.metadata),
        "import_notes": version.notes if isinstance(version.notes, list) else [],
        "next_steps": _next_steps(version, quality),
    }


def of_package(path: str, report: Report, prepared: PreparedPackage | None) -> dict[str, Any]:
    """The same for a package that is not registered; ``prepared`` is None where it was refused."""
    quality = presentation.outcome(report)
    files = {} if prepared is None else prepared.files
    return {
        "model": None,
        "version": None if prepared is None else prepared.label,
        "model_path": path,
        "validation_timestamp": timezone.now(),
        "report_id": None,
        "stored": False,
        "rules_current": True,
        "quality": quality,
        "package_structure": {
            "files": [
                {"role": str(role), "sha256": file.sha256, "size_bytes": file.size}
                for role, file in files.items()
            ],
            "total_bytes": sum(file.size for file in files.values()),
            "has_manifest": "manifest" in files,
            "digest": None if prepared is None else prepared.digest,
        },
        "metadata": {} if prepared is None else _package_metadata(prepared),
        "trainer_notes": [] if prepared is None else _trainer_notes(prepared.metadata.raw),
        "import_notes": []
        if prepared is None
        else [{"code": note.code, "detail": note.detail} for note in prepared.notes],
        "next_steps": [*quality["recommendations"]]
        or ["Import it: manage.py importmodel, or POST /api/v1/model-management/import."],
    }


def previous(row: ValidationReport) -> ValidationReport | None:
    """The report on the same version before this one."""
    return ValidationReport.objects.filter(version_id=row.version_id, pk__lt=row.pk).order_by("-id").first()


def _structure(version: ModelVersion) -> dict[str, Any]:
    files = [
        {"role": a.role, "sha256": a.sha256, "size_bytes": a.size_bytes} for a in version.artifacts.all()
    ]
    return {
        "files": files,
        "total_bytes": version.size_bytes,
        "has_manifest": any(file["role"] == "manifest" for file in files),
        "digest": version.digest,
    }


def _metadata(version: ModelVersion) -> dict[str, Any]:
    return {
        "model_type": version.estimator,
        "declared_model_type": version.declared_type or None,
        "scaler": version.scaler or None,
        "runtime": version.runtime,
        "feature_set": version.feature_set or None,
        "n_features": version.n_features,
        "feature_names": version.feature_names,
        "threshold": version.threshold,
        "threshold_source": version.threshold_source,
        "training_samples": version.training_samples,
        "trained_at": version.trained_at,
        "imported_at": version.imported_at,
        "metrics": version.metrics,
        "environment": version.environment,
    }


def _package_metadata(prepared: PreparedPackage) -> dict[str, Any]:
    metadata, facts = prepared.metadata, prepared.facts
    return {
        "model_type": facts.estimator,
        "declared_model_type": metadata.declared_type or None,
        "scaler": facts.scaler or None,
        "runtime": None,
        "feature_set": None,
        "n_features": facts.n_features,
        "feature_names": list(metadata.feature_names),
        "threshold": prepared.threshold,
        "threshold_source": prepared.threshold_source,
        "training_samples": metadata.training_samples,
        "trained_at": metadata.created_at,
        "imported_at": None,
        "metrics": dict(metadata.metrics),
        "environment": dict(metadata.environment) | dict(facts.environment),
    }


def _trainer_notes(metadata: Any) -> list[str]:
    """Sentences that the trainer left in its metadata."""
    notes = claims.section(metadata, "metadata.json").get("notes")
    return [note for note in notes if isinstance(note, str)][:100] if isinstance(notes, list) else []


def _next_steps(version: ModelVersion, quality: dict[str, Any]) -> list[str]:
    """What to do, the most pressing first; where it stands decides what comes after the checks."""
    steps = list(quality["recommendations"])
    serves = version.deployments.open().exists()
    if not quality["is_valid"]:
        steps.append(
            "It serves although it is invalid: deploy or roll back to another version."
            if serves
            else "Until then it cannot be deployed; who may force it has to give a reason."
        )
    elif not serves:
        steps.append(f"It may be deployed: manage.py deploymodel {version.reference}")
    return steps
