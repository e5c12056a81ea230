"""Shapes of the scoring endpoints' bodies, for the OpenAPI document only."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_ROWS = {
    "oneOf": [
        {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "number"}}},
    ]
}


@extend_schema_field(_ROWS)
class FeatureRows(serializers.Field[Any, Any, Any, Any]):
    """Lists in the version's order, or objects by name."""


class LogEntry(serializers.Serializer[Any]):
    """A log record; other common field names are understood too, and any others are passed through."""

    message = serializers.CharField(allow_blank=True, trim_whitespace=False)
    timestamp = serializers.DateTimeField(required=False)
    level = serializers.CharField(required=False)
    program = serializers.CharField(required=False)
    host = serializers.CharField(required=False)
    id = serializers.CharField(required=False)


class ModelBlock(serializers.Serializer[Any]):
    """Which version answered."""

    model = serializers.CharField()
    version = serializers.CharField()
    reference = serializers.CharField()
    generation = serializers.IntegerField()
    feature_set = serializers.CharField(allow_null=True)
    threshold = serializers.FloatField()
    threshold_source = serializers.CharField()
    calibration = serializers.ChoiceField(choices=["scores", "statistics", "assumed", "rules"])
    fallback_from = serializers.CharField(
        required=False, help_text="The version that should have answered, where another one did."
    )
    method = serializers.ChoiceField(
        choices=["rules"], required=False, help_text="rules: no model answered, only levels and words count."
    )
    is_rules = serializers.BooleanField(required=False)


class BatchBlock(ModelBlock):
    """Which version answered, and what its features were computed over."""

    batch = serializers.IntegerField(help_text="Records that form the batch.")
    imputed = serializers.ListField(child=serializers.CharField(), help_text="Columns scored at their usual.")


class Summary(serializers.Serializer[Any]):
    """Counts of one call."""

    records = serializers.IntegerField()
    scored = serializers.IntegerField()
    rejected = serializers.IntegerField()
    anomalies = serializers.IntegerField()
    anomaly_rate = serializers.FloatField(allow_null=True)
    inference_time = serializers.FloatField(help_text="Seconds.")
    stored = serializers.IntegerField(help_text="Anomalies that have a new row.")
    known = serializers.IntegerField(help_text="Anomalies that this version had reported before.")
    storing_problem = serializers.CharField(allow_null=True)


class Contribution(serializers.Serializer[Any]):
    """One feature's share in a score."""

    name = serializers.CharField()
    value = serializers.FloatField()
    usual = serializers.FloatField()
    contribution = serializers.FloatField()


class AnalysisResult(serializers.Serializer[Any]):
    """One verdict; higher scores are more anomalous."""

    prediction = serializers.IntegerField()
    anomaly_score = serializers.FloatField()
    severity = serializers.FloatField()
    is_anomaly = serializers.BooleanField()
    threshold = serializers.FloatField()
    model_version = serializers.CharField()
    timestamp = serializers.DateTimeField()
    timestamp_assumed = serializers.BooleanField()
    contributions = Contribution(many=True, required=False)


class Result(serializers.Serializer[Any]):
    """One accepted record."""

    index = serializers.IntegerField()
    log_entry = serializers.DictField()
    analysis_result = AnalysisResult()
    analysis_timestamp = serializers.DateTimeField()
    model_version = serializers.CharField()
    fallback_from = serializers.CharField(required=False)


class RecordFault(serializers.Serializer[Any]):
    """One record that was not scored."""

    index = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Analyzed(serializers.Serializer[Any]):
    """Answer of analyze."""

    model = BatchBlock()
    run = serializers.CharField()
    summary = Summary()
    results = Result(many=True)
    errors = RecordFault(many=True)  # type: ignore[assignment]  # a field of that name, not DRF's property


class Rows(serializers.Serializer[Any]):
    """Body of predict."""

    features = FeatureRows()
    probabilities = serializers.BooleanField(default=False)


class Predicted(serializers.Serializer[Any]):
    """Answer of predict; element i belongs to row i."""

    model = ModelBlock()
    rows = serializers.IntegerField()
    predictions = serializers.ListField(child=serializers.IntegerField())
    scores = serializers.ListField(child=serializers.FloatField())
    severities = serializers.ListField(child=serializers.FloatField())
    is_anomaly = serializers.ListField(child=serializers.BooleanField())
    threshold = serializers.FloatField()
    inference_time = serializers.FloatField(help_text="Seconds.")
    probabilities = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), required=False
    )
    calibrated = serializers.BooleanField(required=False)
