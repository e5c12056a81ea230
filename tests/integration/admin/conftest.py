"""People who use the admin, and rows for its pages."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from inference.choices import JobStatus
from inference.models import BatchJob, Replica
from modelhub.registry.models import ModelVersion
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from monitoring.models import Anomaly

SignIn = Callable[..., Client]


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """A staff user with just the named permissions (``app.codename``), signed in."""

    def signed_in(*permissions: str, name: str = "maria") -> Client:
        user = User.objects.create_user(name, password="correct horse", is_staff=True)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def chief(db: None) -> Client:
    """A superuser, signed in."""
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))
    return client


@pytest.fixture
def peopled(deployed_version: ModelVersion, tmp_path: object) -> ModelVersion:
    """The deployed version with one row of every other kind beside it."""
    source = TrainingSource.objects.create(name="lab", location=str(tmp_path))
    Transfer.objects.create(
        source=source,
        origin="models/a",
        version=deployed_version,
        status=TransferStatus.IMPORTED,
        actor="maria",
    )
    Transfer.objects.create(
        origin="bad.zip",
        status=TransferStatus.REFUSED,
        code="package_not_zip",
        detail="This is not a zip archive.",
        actor="maria",
    )
    BatchJob.objects.create(
        name="router.log",
        version=deployed_version,
        status=JobStatus.DONE,
        batch_records=100,
        records=1200,
        duration_s=2.0,
    )
    Replica.objects.create(
        process="node:1:1",
        model=deployed_version.model,
        version=deployed_version,
        generation=1,
        loaded_at=timezone.now(),
        seen_at=timezone.now(),
    )
    add_anomalies(deployed_version, 3)
    return deployed_version


def add_anomalies(version: ModelVersion, count: int, *, message: str = "Failed password for root") -> None:
    """``count`` anomalies a minute apart, the newest now, with reasons."""
    now = timezone.now()
    known = Anomaly.objects.count()
    Anomaly.objects.bulk_create(
        Anomaly(
            version=version,
            run="test",
            record_id=f"record-{known + place}",
            observed_at=now - timedelta(minutes=place),
            program="sshd",
            message=message,
            score=0.6,
            threshold=0.5,
            severity=30.0 + place,
            reasons=[
                {"name": "word_count", "value": 12.0, "usual": 3.5, "spread": 1.0, "contribution": 0.05}
            ],
        )
        for place in range(count)
    )
