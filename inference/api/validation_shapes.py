"""Shapes and examples of the validation endpoints, for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from inference.api.shapes import FeatureRows

SEVERITIES, STATUSES = ("error", "warning", "info"), ("passed", "warning", "failed", "not_applicable")


class ValidateWish(serializers.Serializer[Any]):
    """Optional body of a validation."""

    refuses_unknown = True  # said in the OpenAPI document
    reference_data = FeatureRows(
        required=False,
        allow_null=True,
        help_text="At most 10,000 rows to score too; they can warn, and never fail a version.",
    )


class FindingShape(serializers.Serializer[Any]):
    """One observation of a check."""

    severity = serializers.ChoiceField(choices=SEVERITIES)
    code = serializers.CharField(help_text="Stable word for machines.")
    description = serializers.CharField()
    recommendation = serializers.CharField(help_text="What to do; empty for nothing.")


class CheckShape(serializers.Serializer[Any]):
    """One check of a report."""

    name = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    findings = FindingShape(many=True)
    figures = serializers.DictField()


class IssueShape(serializers.Serializer[Any]):
    """A finding in short."""

    severity = serializers.ChoiceField(choices=SEVERITIES)
    code = serializers.CharField()
    description = serializers.CharField()


class ModelQuality(serializers.Serializer[Any]):
    """The verdict of all checks."""

    is_valid = serializers.BooleanField(help_text="No check failed.")  # type: ignore[assignment]
    score = serializers.FloatField(
        help_text="Share of applicable checks that passed, a warning counting half; halved where one failed."
    )
    rules = serializers.IntegerField(help_text="Version of the set of checks.")
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    warnings = serializers.ListField(child=serializers.CharField())
    recommendations = serializers.ListField(child=serializers.CharField())
    quality_metrics = serializers.DictField()
    issues = IssueShape(many=True)
    checks = CheckShape(many=True)
    report_id = serializers.IntegerField(allow_null=True)


class ModelValidationResult(ModelQuality):
    """A stored validation."""

    model = serializers.CharField()
    version = serializers.CharField()
    validated_at = serializers.DateTimeField()
    reference_rows = serializers.IntegerField()


_NAMES: dict[str, Any] = {"type": "array", "maxItems": 10_000, "items": {"type": "string", "minLength": 1}}
OFFERED = {
    "application/json": {
        "oneOf": [
            _NAMES,
            {
                "type": "object",
                "required": ["target_features"],
                "properties": {"target_features": _NAMES},
                "additionalProperties": False,
            },
        ]
    }
}


class ModelCompatibilityResult(serializers.Serializer[Any]):
    """Needed against offered features."""

    model = serializers.CharField()
    version = serializers.CharField()
    compatible = serializers.BooleanField(help_text="Every feature that the version needs is offered.")
    missing_features = serializers.ListField(
        child=serializers.CharField(), help_text="In the version's order."
    )
    extra_features = serializers.ListField(child=serializers.CharField())
    duplicate_features = serializers.ListField(child=serializers.CharField())
    order_matches = serializers.BooleanField(help_text="What both name stands in the same order.")
    feature_mismatch_score = serializers.FloatField(
        help_text="Jaccard distance of the two sets of names: 0 the same, 1 none in common."
    )


class StoredFile(serializers.Serializer[Any]):
    """One file of the package."""

    role = serializers.CharField()
    sha256 = serializers.CharField()
    size_bytes = serializers.IntegerField()


class PackageStructure(serializers.Serializer[Any]):
    """What the package consists of."""

    files = StoredFile(many=True)
    total_bytes = serializers.IntegerField()
    has_manifest = serializers.BooleanField()
    digest = serializers.CharField(allow_null=True)


class ImportNote(serializers.Serializer[Any]):
    """A warning of the import."""

    code = serializers.CharField()
    detail = serializers.CharField()


class ModelValidationReport(serializers.Serializer[Any]):
    """The verdict with everything needed to follow it."""

    model = serializers.CharField()
    version = serializers.CharField()
    model_path = serializers.CharField(help_text="Content identity in the store, `sha256:…`.")
    validation_timestamp = serializers.DateTimeField()
    report_id = serializers.IntegerField(allow_null=True)
    stored = serializers.BooleanField(help_text="False where the checks ran for this answer only.")
    rules_current = serializers.BooleanField(help_text="False where the checks have changed since.")
    quality = ModelQuality()
    package_structure = PackageStructure()
    metadata = serializers.DictField(help_text="What the version is; metrics as declared.")
    trainer_notes = serializers.ListField(child=serializers.CharField())
    import_notes = ImportNote(many=True)
    next_steps = serializers.ListField(child=serializers.CharField())


_TOO_SMALL = "21 training rows are fewer than the 122 columns: the model has learnt single rows."
_CHECK: dict[str, Any] = {
    "name": "training_size",
    "title": "Training size",
    "status": "failed",
    "findings": [
        {
            "severity": "error",
            "code": "training_too_small",
            "description": _TOO_SMALL,
            "recommendation": "Train on at least 1,220 rows.",
        }
    ],
    "figures": {"training_samples": 21, "n_features": 122, "rows_per_feature": 0.17},
}
_QUALITY: dict[str, Any] = {
    "is_valid": False,
    "score": 0.4583,
    "rules": 1,
    "errors": [_TOO_SMALL],
    "warnings": [],
    "recommendations": ["Train on at least 1,220 rows."],
    "quality_metrics": {"training_samples": 21, "implied_alert_rate": 0.1, "f1_score": None},
    "issues": [
        {
            "severity": "error",
            "code": "training_too_small",
            "description": _TOO_SMALL,
        }
    ],
    "checks": [_CHECK],
    "report_id": 12,
}
_WHICH = {"model": "wifi", "version": "20261122_210422"}

ROWS = OpenApiExample(
    "With reference rows", value={"reference_data": [[0.1, 2.0], [0.3, 1.0]]}, request_only=True
)
RESULT = OpenApiExample(
    "A version that fails",
    value=_QUALITY | _WHICH | {"validated_at": "2026-11-23T08:00:00Z", "reference_rows": 0},
    response_only=True,
    status_codes=["200"],
)
NAMES = OpenApiExample("Names", value=["hour_of_day", "word_count"], request_only=True)
COMPATIBILITY = OpenApiExample(
    "One of two is missing",
    value=_WHICH
    | {
        "compatible": False,
        "missing_features": ["word_count"],
        "extra_features": [],
        "duplicate_features": [],
        "order_matches": True,
        "feature_mismatch_score": 0.5,
    },
    response_only=True,
    status_codes=["200"],
)
REPORT = OpenApiExample(
    "A stored report",
    value=_WHICH
    | {
        "model_path": "sha256:9f2c3c1c6a0f6f3c2b9c0a0a4c5a8d0f1b7e6d5c4b3a29181716151413121110",
        "validation_timestamp": "2026-11-23T08:00:00Z",
        "report_id": 12,
        "stored": True,
        "rules_current": True,
        "quality": _QUALITY,
        "package_structure": {"files": [], "total_bytes": 0, "has_manifest": True, "digest": "9f2c3c1c…"},
        "metadata": {"model_type": "IsolationForest", "n_features": 122},
        "trainer_notes": [],
        "import_notes": [],
        "next_steps": ["Train on at least 1,220 rows."],
    },
    response_only=True,
    status_codes=["200"],
    media_type="application/json",
)
