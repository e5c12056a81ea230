"""Whatever is stored, the pages show it as inert text."""

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inference.models import BatchJob
from modelhub.registry.models import LifecycleEvent, ModelVersion
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from monitoring.models import Anomaly

EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>{{ 7|add:7 }} \x1b[31mred \u202etxt"
PAGES = [
    "admin:index",
    "admin:registry_modelversion_changelist",
    "admin:registry_deployment_changelist",
    "admin:registry_deployment_add",
    "admin:registry_lifecycleevent_changelist",
    "admin:transfers_trainingsource_changelist",
    "admin:transfers_transfer_changelist",
    "admin:monitoring_anomaly_changelist",
    "admin:inference_batchjob_changelist",
]
ROWS = [
    "registry_modelversion",
    "registry_deployment",
    "registry_lifecycleevent",
    "transfers_transfer",
    "monitoring_anomaly",
    "inference_batchjob",
]


@pytest.fixture
def hostile(deployed_version: ModelVersion) -> ModelVersion:
    """Every stored string that comes from outside is hostile."""
    version = deployed_version
    version.declared_type = EVIL
    version.metrics = {EVIL: 1.0, "note": EVIL}
    version.environment = {EVIL: EVIL}
    version.notes = [{"code": EVIL, "detail": EVIL}, EVIL, {"code": None}]
    version.feature_names = [EVIL, *version.feature_names[1:]]
    version.save()
    version.deployments.update(reason=EVIL, actor=EVIL)
    LifecycleEvent.objects.update(reason=EVIL, actor=EVIL, before={EVIL: EVIL})
    source = TrainingSource.objects.create(name="lab", location=f"/tmp/{EVIL}")
    Transfer.objects.create(
        source=source,
        origin=EVIL,
        label=EVIL,
        status=TransferStatus.REFUSED,
        code="unsafe_type",
        detail=EVIL,
        actor=EVIL,
    )
    BatchJob.objects.create(name=EVIL, version=version, batch_records=1, detail=EVIL, actor=EVIL)
    Anomaly.objects.create(
        version=version,
        run=EVIL[:60],
        record_id=EVIL,
        observed_at=timezone.now(),
        host=EVIL,
        program=EVIL,
        level="<b>",
        message=f"{EVIL}\nsecond line",
        score=0.9,
        threshold=0.5,
        severity=99.0,
        reasons=[{"name": EVIL, "value": "1", "usual": None, "contribution": "x"}, EVIL],
    )
    return version


def assert_inert(page: str) -> None:
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("page", PAGES)
def test_lists_show_hostile_text_inert(chief: Client, hostile: ModelVersion, page: str) -> None:
    answer = chief.get(reverse(page))
    assert answer.status_code == 200
    assert_inert(answer.content.decode())


@pytest.mark.parametrize("row", ROWS)
def test_pages_show_hostile_text_inert(chief: Client, hostile: ModelVersion, row: str) -> None:
    answer = chief.get(reverse(f"admin:{row}_change", args=[_first(row)]))
    assert answer.status_code == 200
    assert_inert(answer.content.decode())


def test_the_confirmation_shows_hostile_text_inert(chief: Client, hostile: ModelVersion) -> None:
    page = chief.get(f"{reverse('admin:registry_deployment_add')}?version={hostile.pk}")
    assert_inert(page.content.decode())
    typed = chief.post(
        reverse("admin:registry_deployment_add"), {"version": hostile.pk, "generation": "0", "reason": EVIL}
    )
    assert typed.status_code == 409
    assert "<script>alert" not in typed.content.decode()


def test_the_pages_forbid_foreign_content(chief: Client) -> None:
    policy = chief.get(reverse("admin:index"))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http:" not in policy
    assert "https:" not in policy


def _first(row: str) -> int:
    app, name = row.split("_")
    found = apps.get_model(app, name)._default_manager.first()
    assert found is not None
    return int(found.pk)
