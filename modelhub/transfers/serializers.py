"""Shapes of the transfers' endpoints, for the OpenAPI document and for query parameters."""

from typing import Any

from rest_framework import serializers

from modelhub.registry.serializers import VersionSummary
from modelhub.transfers.choices import TransferStatus


class NoteShape(serializers.Serializer[Any]):
    """A warning or problem: stable code and a sentence."""

    code = serializers.CharField()
    detail = serializers.CharField()


class TransferShape(serializers.Serializer[Any]):
    """One attempt to import, failed ones too."""

    transfer_id = serializers.IntegerField()
    source = serializers.CharField(allow_null=True, help_text="Training source; null for an upload.")  # type: ignore[assignment]
    original_path = serializers.CharField()
    local_path = serializers.CharField(
        allow_null=True, help_text="Content identity in the store, `sha256:…`; null when nothing was stored."
    )
    version = serializers.CharField(allow_null=True)
    model = serializers.CharField(allow_null=True)
    transferred_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    duration = serializers.FloatField(allow_null=True, help_text="Seconds.")
    status = serializers.ChoiceField(choices=TransferStatus.choices)
    step = serializers.CharField(help_text="Step reached.")
    error = NoteShape(allow_null=True)
    notes = NoteShape(many=True)
    initiated_by = serializers.CharField()


class TransferPage(serializers.Serializer[Any]):
    """A page of the history."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TransferShape(many=True)


class Imported(serializers.Serializer[Any]):
    """Answer of an import. Importing never deploys."""

    status = serializers.ChoiceField(choices=["imported", "unchanged"])
    already_imported = serializers.BooleanField(help_text="True when the same content was there before.")
    version = VersionSummary()
    transfer = TransferShape()


class PackageShape(serializers.Serializer[Any]):
    """One package of a training source."""

    source = serializers.CharField()  # type: ignore[assignment]
    path = serializers.CharField(help_text="Give this path to `POST import/{model_path}`.")
    model = serializers.CharField(help_text="Registered model that an import would go to.")
    version = serializers.CharField()
    created_at = serializers.DateTimeField(allow_null=True, help_text="As declared, in UTC.")
    model_type = serializers.CharField(allow_null=True, help_text="As declared, not measured.")
    training_samples = serializers.IntegerField(allow_null=True)
    evaluation_metrics = serializers.DictField(
        child=serializers.FloatField(allow_null=True), help_text="As declared; null means not given."
    )
    imported = serializers.BooleanField()
    imported_as = serializers.CharField(allow_null=True, help_text="Reference of the version it became.")
    importable = serializers.BooleanField()
    problem = NoteShape(allow_null=True)


class Upload(serializers.Serializer[Any]):
    """Multipart body: one package zip."""

    file = serializers.FileField(help_text="A package zip.")


class ImportQuery(serializers.Serializer[Any]):
    """Query parameters of an import."""

    validate = serializers.BooleanField(  # type: ignore[assignment]
        required=False, default=True, help_text="Quality checks only; the safety checks always run."
    )
    source = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)  # type: ignore[assignment]
    model = serializers.CharField(required=False, default="", allow_blank=True, max_length=128)


class SourceQuery(serializers.Serializer[Any]):
    """Query parameter of the listing."""

    source = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)  # type: ignore[assignment]


class HistoryQuery(serializers.Serializer[Any]):
    """Query parameter of the history."""

    status = serializers.ChoiceField(
        choices=[("", "all"), *TransferStatus.choices], required=False, default=""
    )
