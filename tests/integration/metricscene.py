"""Rows behind every metric family: a fallback, drift, a queue, an alert, a model that cannot be loaded."""

from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.utils import timezone

from modelhub.accounts import tokens
from modelhub.actors import Actor, Channel
from modelhub.registry import lifecycle
from modelhub.registry.models import ModelVersion, RegisteredModel
from modelhub.transfers.choices import TransferKind, TransferStatus
from modelhub.transfers.models import Transfer
from monitoring import alerts, drift_checks
from monitoring.models import NotificationChannel
from monitoring.models.alerts import AlertKind
from tests.integration.conftest import register, train
from tests.integration.traffic import bring_profile, moved

ACTOR = Actor("maria", Channel.ADMIN)


def make() -> tuple[str, int]:
    """All of it for the version of ``tests.live``; answers a viewer's token, and its features' number."""
    version, trained, retrained = ModelVersion.objects.get(), train(0), train(1)
    _fall_back(version, register(retrained, "2.0.0"))
    NotificationChannel.objects.create(name="ops", kind="webhook", address="https://ops.invalid/hook")
    bring_profile(version, trained)
    moved(version, trained, minutes=20, column=list(version.feature_names).index("message_length"), by=30)
    drift_checks.check(version, ACTOR)
    alerts.open_alert(AlertKind.FALLBACK, version, "It fell back.")
    queue_import()
    _break_one(register(retrained, model="broken"))
    user = User.objects.create(username="prometheus")
    user.groups.add(Group.objects.get(name="viewer"))
    return tokens.issue(user, "prometheus", ACTOR, days=1)[1], version.n_features


def queue_import() -> None:
    """An upload has been waiting for a minute."""
    Transfer.objects.create(
        kind=TransferKind.UPLOAD,
        origin="x.zip",
        status=TransferStatus.QUEUED,
        actor="maria",
        channel="api",
        queued_at=timezone.now() - timedelta(minutes=1),
    )


def _fall_back(version: ModelVersion, failing: ModelVersion) -> None:
    lifecycle.deploy(version, ACTOR, force=True, reason="a test")
    lifecycle.deploy(failing, ACTOR, force=True, reason="a test")
    failing.serving_faults.create(kind="exceptions", process="host:1:1")
    lifecycle.fall_back(failing, version, reason="It failed.")


def _break_one(broken: ModelVersion) -> None:
    """The version should serve, and has no files."""
    broken.artifacts.all().delete()
    RegisteredModel.objects.filter(name="broken").update(current_version=broken, generation=1)
