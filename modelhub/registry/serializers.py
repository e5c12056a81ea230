"""Shapes of the management endpoints' bodies; the answers' ones serve the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from modelhub.registry.filters import STATUSES


class _Text(serializers.CharField):
    """Text only: DRF would take a number for its digits."""

    def to_internal_value(self, data: Any) -> str:
        """The text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class _Switch(serializers.BooleanField):
    """true or false only: DRF would take "yes" and 1 as well."""

    def to_internal_value(self, data: Any) -> bool:
        """The truth value."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Wish(serializers.Serializer[Any]):
    """Optional body of an operation: why it is done, kept in the history."""

    reason = _Text(required=False, allow_blank=True, default="", max_length=2000)
    refuses_unknown = True  # said in the OpenAPI document

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Unknown fields are refused: a wish that is not understood must not change what serves."""
        unknown = {name: ["Unknown field."] for name in self.initial_data if name not in self.fields}
        if unknown:
            raise serializers.ValidationError(unknown)
        return attrs


class ReasonQuery(serializers.Serializer[Any]):
    """Query of an operation without a body."""

    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=2000,
        help_text="Why it is done; kept in the history.",
    )


class DeployWish(Wish):
    """Body of a deploy. Gates that protect serving itself cannot be forced."""

    force = _Switch(
        required=False,
        default=False,
        help_text="Deploy although the validation failed; needs `registry.force_modelversion` and a reason.",
    )


class VersionSummary(serializers.Serializer[Any]):
    """One row of the list of versions."""

    id = serializers.IntegerField()
    model = serializers.CharField()
    version = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES, help_text="Standing of the version.")
    is_active = serializers.BooleanField()
    is_current = serializers.BooleanField()
    corrupt_at = serializers.DateTimeField(
        allow_null=True, help_text="A stored file was found damaged then; null while all are whole."
    )
    aliases = serializers.ListField(child=serializers.CharField())
    model_type = serializers.CharField()
    feature_set = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField(allow_null=True)
    imported_at = serializers.DateTimeField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    metrics = serializers.DictField()


class InForce(serializers.Serializer[Any]):
    """A deployment."""

    deployment_id = serializers.IntegerField()
    operation = serializers.CharField()
    deployed_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    deployed_by = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    previous_version = serializers.CharField(allow_null=True)
    fallback_from = serializers.CharField(
        allow_null=True, help_text="The version that failed, where the hub deployed this one by itself."
    )
    generation = serializers.IntegerField()


class ManagedVersion(VersionSummary):
    """One row of the management list: a version with what else is known of it."""

    deployment = InForce(allow_null=True, help_text="The deployment in force, null where there is none.")
    last_validation = serializers.DictField(allow_null=True, help_text="Null while it was never validated.")
    last_drift_check = serializers.DictField(allow_null=True, help_text="Null while it was never checked.")
    inference_totals = serializers.DictField(allow_null=True, help_text="Null while it never scored.")
    assigned_agents = serializers.ListField(
        child=serializers.CharField(),
        help_text="Agents that score with this version by assignment. This hub has no agents, so none.",
    )


class VersionDetails(ManagedVersion):
    """Everything known of one version."""

    declared_model_type = serializers.CharField(allow_null=True)
    scaler = serializers.CharField(allow_null=True)
    runtime = serializers.CharField()
    feature_names = serializers.ListField(child=serializers.CharField())
    threshold = serializers.FloatField()
    threshold_source = serializers.CharField()
    offset = serializers.FloatField()
    calibration = serializers.DictField()
    training_samples = serializers.IntegerField(allow_null=True)
    environment = serializers.DictField()
    pickle_globals = serializers.ListField(child=serializers.CharField())
    notes = serializers.ListField(child=serializers.DictField())
    metadata = serializers.DictField()
    artifacts = serializers.ListField(child=serializers.DictField())
    transfers = serializers.ListField(child=serializers.DictField())
    deployments = serializers.ListField(child=serializers.DictField())
    history = serializers.ListField(child=serializers.DictField())
    reports = serializers.DictField(
        child=serializers.CharField(), help_text="Addresses of the version's reports."
    )


class Loaded(serializers.Serializer[Any]):
    """Answer of a load."""

    version = serializers.CharField()
    status = serializers.CharField()
    changed = serializers.BooleanField()
    generation = serializers.IntegerField()
    model_info = VersionSummary()


class Deployed(serializers.Serializer[Any]):
    """Answer of a deploy."""

    version = serializers.CharField()
    model = serializers.CharField()
    status = serializers.CharField()
    changed = serializers.BooleanField(help_text="False when the version was deployed already.")
    deployed_at = serializers.DateTimeField()
    previous_version = serializers.CharField(allow_null=True)
    deployment_id = serializers.IntegerField()
    generation = serializers.IntegerField()


class RolledBack(serializers.Serializer[Any]):
    """Answer of a rollback."""

    version = serializers.CharField()
    model = serializers.CharField()
    status = serializers.CharField()
    changed = serializers.BooleanField()
    rolled_back_at = serializers.DateTimeField()
    rolled_back_from = serializers.CharField(allow_null=True)
    deployment_id = serializers.IntegerField()
    generation = serializers.IntegerField()


class Activity(serializers.Serializer[Any]):
    """Answer of activate and deactivate."""

    version = serializers.CharField()
    model = serializers.CharField()
    is_active = serializers.BooleanField()
    changed = serializers.BooleanField()


class Deleted(serializers.Serializer[Any]):
    """Answer of a deletion."""

    version = serializers.CharField()
    model = serializers.CharField()
    status = serializers.CharField()
    deleted_at = serializers.DateTimeField()
    released_blobs = serializers.IntegerField(help_text="Files that the next sweep of the store removes.")
    released_bytes = serializers.IntegerField()
    shared_blobs = serializers.IntegerField(help_text="Files that other versions need too; they stay.")
    history_kept = serializers.BooleanField()


class Aliased(serializers.Serializer[Any]):
    """Answer of setting or removing an alias."""

    version = serializers.CharField()
    model = serializers.CharField()
    alias = serializers.CharField()
    changed = serializers.BooleanField(help_text="False when the alias pointed to the version already.")
    moved_from = serializers.CharField(allow_null=True, help_text="The version that had the alias before.")
    aliases = serializers.ListField(child=serializers.CharField(), help_text="All aliases of the version.")
