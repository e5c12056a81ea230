"""Shapes of the transfers' endpoints, for the OpenAPI document and for query parameters."""

from typing import Any

from rest_framework import serializers

from modelhub.api.parameters import WholeNumber
from modelhub.registry.serializers import VersionSummary
from modelhub.transfers.choices import TransferKind, TransferStatus
from modelhub.transfers.cleanup import MOST_DAYS
from modelhub.transfers.history import ORDERINGS


class NoteShape(serializers.Serializer[Any]):
    """A warning or problem: stable code and a sentence."""

    code = serializers.CharField()
    detail = serializers.CharField()


class Progress(serializers.Serializer[Any]):
    """How far an import is."""

    step = serializers.CharField(help_text="Step being taken, or the last one taken.")
    index = serializers.IntegerField(help_text="Its number, from 1; 0 before the first.")
    steps = serializers.IntegerField()
    percent = serializers.IntegerField(help_text="Steps done, 0 to 100.")


class TransferShape(serializers.Serializer[Any]):
    """One attempt to import, failed ones too."""

    transfer_id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=TransferKind.choices)
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
    progress = Progress()
    queued_at = serializers.DateTimeField(
        allow_null=True, help_text="Set for an import that a worker does in the background."
    )
    heartbeat_at = serializers.DateTimeField(allow_null=True, help_text="Last sign of life of its worker.")
    attempts = serializers.IntegerField(help_text="Workers that took it up; more than one after a crash.")
    error = NoteShape(allow_null=True)
    notes = NoteShape(many=True)
    initiated_by = serializers.CharField()


class TransferPage(serializers.Serializer[Any]):
    """A page of the history."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TransferShape(many=True)


class ValidationBrief(serializers.Serializer[Any]):
    """The newest validation report of a version in brief."""

    report_id = serializers.IntegerField()
    is_valid = serializers.BooleanField(  # type: ignore[assignment]  # a field of that name
        help_text="An invalid version cannot be deployed without force."
    )
    score = serializers.FloatField(help_text="0 to 1; below 0.5 where invalid.")
    rules = serializers.IntegerField()
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    warnings = serializers.ListField(child=serializers.CharField())
    validated_at = serializers.DateTimeField()


class Imported(serializers.Serializer[Any]):
    """Answer of an import. Importing never deploys."""

    status = serializers.ChoiceField(choices=["imported", "unchanged"])
    already_imported = serializers.BooleanField(help_text="True when the same content was there before.")
    version = VersionSummary()
    validation = ValidationBrief(allow_null=True, help_text="Null with `?validate=false`.")
    transfer = TransferShape()


class LookedAt(serializers.Serializer[Any]):
    """A source that was scanned for the newest package."""

    source = serializers.CharField()  # type: ignore[assignment]
    packages = serializers.IntegerField()
    new = serializers.IntegerField()
    imported = serializers.IntegerField()
    not_importable = serializers.IntegerField()
    problem = NoteShape(allow_null=True)


class UpToDate(serializers.Serializer[Any]):
    """The sources hold nothing that is not imported already, or cannot be."""

    status = serializers.ChoiceField(choices=["up_to_date"])
    message = serializers.CharField()
    looked_at = LookedAt(many=True)
    already_known = TransferShape(many=True, help_text="Attempts that found their content to be known.")


class Cleared(serializers.Serializer[Any]):
    """Answer of a clean-up."""

    status = serializers.ChoiceField(choices=["cleared"])
    deleted = serializers.IntegerField()
    kept = serializers.IntegerField()
    message = serializers.CharField()


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


class LatestQuery(serializers.Serializer[Any]):
    """Query parameters of importing the newest."""

    validate = serializers.BooleanField(  # type: ignore[assignment]
        required=False, default=True, help_text="Quality checks only; the safety checks always run."
    )
    source = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)  # type: ignore[assignment]
    background = serializers.BooleanField(
        required=False, default=False, help_text="Answer 202 at once; a worker imports."
    )


class ImportQuery(LatestQuery):
    """Query parameters of an import."""

    model = serializers.CharField(required=False, default="", allow_blank=True, max_length=128)


class SourceQuery(serializers.Serializer[Any]):
    """Query parameter of the listing."""

    source = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)  # type: ignore[assignment]


class HistoryQuery(serializers.Serializer[Any]):
    """Query parameters of the history."""

    status = serializers.ChoiceField(
        choices=[("", "all"), *TransferStatus.choices], required=False, default="", allow_blank=True
    )
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, default="", allow_blank=True, max_length=64, help_text="Name of a training source."
    )
    version = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=257, help_text="`LABEL` or `NAME:LABEL`."
    )
    search = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    ordering = serializers.ChoiceField(
        choices=["", *ORDERINGS, *(f"-{name}" for name in ORDERINGS)],
        required=False,
        default="",
        allow_blank=True,
    )


class CleanupQuery(serializers.Serializer[Any]):
    """Query parameters of a clean-up."""

    days_to_keep = WholeNumber(min_value=0, max_value=MOST_DAYS, required=False, default=30)
    confirm = serializers.BooleanField(
        required=False, default=False, help_text="Needed for 0 days, which deletes every ended attempt."
    )
