"""Every admin page in a real browser: two widths, two themes, no error, nothing from elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from inference.models import BatchJob, Replica
from modelhub.accounts import tokens
from modelhub.accounts.models import ApiToken
from modelhub.actors import Actor, Channel
from modelhub.artifacts import calibration
from modelhub.audit.models import AuditEntry
from modelhub.registry.models import Alias, Deployment, LifecycleEvent, ModelVersion, RegisteredModel
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from monitoring.models import Anomaly

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Failed password for invalid user " + "x" * 200 + " <script>alert(1)</script>"
LISTS = [
    "registry/modelversion",
    "registry/deployment",
    "registry/lifecycleevent",
    "registry/registeredmodel",
    "transfers/trainingsource",
    "transfers/transfer",
    "monitoring/anomaly",
    "monitoring/inferencemetric",
    "inference/batchjob",
    "inference/replica",
    "auth/user",
    "auth/group",
    "accounts/apitoken",
    "django_celery_beat/periodictask",
    "audit/auditentry",
]
Theme = Literal["light", "dark"]


@pytest.fixture
def rows(transactional_db: None, tmp_path: object) -> ModelVersion:
    """One row of every kind, with text that is long and hostile."""
    chief = User.objects.create_superuser("chief", password="correct horse")
    tokens.issue(chief, f"<script>alert(1)</script>{'x' * 70}", Actor("chief", Channel.COMMAND), days=None)
    now = timezone.now()
    model = RegisteredModel.objects.create(name="default")
    versions = [
        ModelVersion.objects.create(
            model=model,
            label=label,
            digest=label * 8,
            estimator="IsolationForest",
            feature_names=["message_length", "a_feature_with_quite_a_long_name_of_its_own"],
            n_features=2,
            threshold=0.5,
            offset=-0.5,
            calibration=calibration.assumed(0.5, 0.1).to_json(),
            metrics={"f1_score": None, "score_mean": 0.4},
            notes=[{"code": "older_library", "detail": LONG}],
        )
        for label in ("20261101_070000", "20261120_061742")
    ]
    version = versions[0]
    Deployment.objects.create(model=model, version=version, operation="deploy", actor="chief", generation=1)
    Alias.objects.create(model=model, name="champion", version=version)
    model.current_version = version
    model.save()
    LifecycleEvent.objects.create(
        model=model,
        version=version,
        operation="deploy",
        actor="chief",
        channel="admin",
        reason=LONG,
        generation=1,
    )
    TrainingSource.objects.create(name="lab", location=str(tmp_path))
    Transfer.objects.create(
        origin=LONG, status=TransferStatus.REFUSED, code="unsafe_type", detail=LONG, actor="chief"
    )
    for place in range(30):
        Anomaly.objects.create(
            version=version,
            run="test",
            record_id=str(place),
            observed_at=now - timedelta(minutes=place),
            program="sshd",
            message=LONG,
            score=0.6,
            threshold=0.5,
            severity=float(place * 3),
            reasons=[{"name": "message_length", "value": 240.0, "usual": 60.0, "contribution": 0.1}],
        )
    BatchJob.objects.create(name=LONG, version=version, batch_records=100, status="done")
    Replica.objects.create(
        process="node:1:1", model=model, version=version, generation=0, loaded_at=now, seen_at=now
    )
    return versions[1]


@contextmanager
def signed_in(
    chromium: Browser, server: LiveServer, *, width: int = 1440, theme: Theme = "light", script: bool = True
) -> Iterator[tuple[Page, list[str]]]:
    """A page of somebody who came in through the login form, and the list of everything that went wrong."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=script
    )
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if _is_ours(asked.url, server.url) else wrong.append(asked.url))
    page.goto(f"{server.url}/admin/")
    page.fill("input[name=username]", "chief")
    page.fill("input[name=password]", "correct horse")
    page.click("button[type=submit]")
    try:
        yield page, wrong
    finally:
        context.close()


def _is_ours(url: str, server: str) -> bool:
    return url.startswith((server, "data:"))


def _pages(candidate: ModelVersion) -> list[str]:
    keys = {
        "registry/modelversion": ModelVersion,
        "registry/deployment": Deployment,
        "registry/lifecycleevent": LifecycleEvent,
        "transfers/trainingsource": TrainingSource,
        "transfers/transfer": Transfer,
        "monitoring/anomaly": Anomaly,
        "inference/batchjob": BatchJob,
        "inference/replica": Replica,
        "auth/user": User,
        "accounts/apitoken": ApiToken,
        "audit/auditentry": AuditEntry,
    }
    changes = [f"{name}/{kind.objects.first().pk}/change" for name, kind in keys.items()]  # type: ignore[attr-defined]
    operations = [
        "registry/deployment/add",
        "registry/deployment/at",
        f"registry/deployment/add/?version={candidate.pk}",
        f"registry/modelversion/{candidate.pk}/do/load",
        "transfers/transfer/add",
        "transfers/trainingsource/add",
        f"transfers/trainingsource/{TrainingSource.objects.get().pk}/scan",
        "accounts/apitoken/add",
        f"accounts/apitoken/{ApiToken.objects.get().token_key}/revoke",
    ]
    return ["", *LISTS, *changes, *operations]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_whole_quiet_and_fits(
    chromium: Browser, live_server: LiveServer, rows: ModelVersion, width: int, theme: Theme
) -> None:
    faults = []
    with signed_in(chromium, live_server, width=width, theme=theme) as (page, wrong):
        for path in _pages(rows):
            answer = page.goto(f"{live_server.url}/admin/{path}" + ("" if "?" in path or not path else "/"))
            if answer is None or answer.status != 200:
                faults.append(f"{path}: {answer and answer.status}")
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if overflow > 0:
                faults.append(f"{path}: {overflow} px wider than the window")
            faults += [f"{path}: {said}" for said in wrong]
            wrong.clear()
    assert faults == []


@pytest.mark.parametrize(("path", "shown"), [("docs", ".opblock"), ("redoc", "[data-section-id]")])
def test_the_pages_of_the_api_show_its_operations_and_fetch_nothing_from_elsewhere(
    chromium: Browser, live_server: LiveServer, rows: ModelVersion, path: str, shown: str
) -> None:
    with signed_in(chromium, live_server) as (page, wrong):
        page.goto(f"{live_server.url}/api/v1/{path}", wait_until="networkidle")
        page.wait_for_selector(shown)
        assert page.locator(shown).count() > 20
    assert wrong == []


def test_the_theme_follows_the_system(chromium: Browser, live_server: LiveServer, rows: ModelVersion) -> None:
    with signed_in(chromium, live_server, theme="dark") as (page, _):
        page.goto(f"{live_server.url}/admin/")
        page.wait_for_selector("html.dark")


@pytest.mark.parametrize("width", [1440, 390])
def test_without_scripting_one_can_still_get_around_and_act(
    chromium: Browser, live_server: LiveServer, rows: ModelVersion, width: int
) -> None:
    with signed_in(chromium, live_server, width=width, script=False) as (page, _):
        page.click("text=Training sources")
        page.click("a:text-is('Scan')")
        assert page.is_visible("text=No packages lie here yet")
        page.goto(f"{live_server.url}/admin/registry/modelversion/{rows.pk}/do/deactivate/")
        page.fill("textarea[name=reason]", "not needed")
        page.click("button:has-text('Deactivate')")
        assert page.is_visible("text=is inactive")
    assert not ModelVersion.objects.get(pk=rows.pk).is_active


def test_choosing_a_file_leaves_the_name_of_the_model_alone(
    chromium: Browser, live_server: LiveServer, rows: ModelVersion
) -> None:
    with signed_in(chromium, live_server) as (page, wrong):
        page.goto(f"{live_server.url}/admin/transfers/transfer/add/")
        chosen = {"name": "package.zip", "mimeType": "application/zip", "buffer": b"not a zip"}
        page.set_input_files("input[type=file]", chosen)  # type: ignore[arg-type]
        assert page.input_value("input[name=model_name]") == ""
        page.click("button:has-text('Upload and import')")
        assert page.is_visible("text=Refused (package_not_zip)")
        assert [said for said in wrong if "422" not in said] == []
