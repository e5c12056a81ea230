"""A hub with something of everything: every operation finds rows to answer from, every role has a token."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test.utils import override_settings
from django.utils import timezone

from inference.serving import loading
from inference.validation import operation
from modelhub import conf
from modelhub.accounts import roles, tokens
from modelhub.actors import Actor, Channel
from modelhub.registry import aliases, lifecycle
from modelhub.registry.models import ModelVersion
from modelhub.transfers.choices import SourceKind, TransferKind, TransferStatus
from modelhub.transfers.importing import import_package
from modelhub.transfers.models import TrainingSource, Transfer
from monitoring import drift_checks
from monitoring.alerts import open_alert
from monitoring.models import Alert, NotificationChannel
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import ChannelKind
from tests import packages
from tests.conftest import UNLIMITED
from tests.integration.conftest import Trained, register, train
from tests.integration.traffic import bring_profile, usual

ACTOR = Actor("tester", Channel.COMMAND)
WITHOUT_ROLE = "none"
ALERT = 7001
QUEUED, ENDED = 7003, 7004
KNOWN, NEW, HOSTILE = "known", "new", "broken"
CHANNEL = "ops"
DEAD_SOURCE = "away"
VERSIONS = ("1.0.0", "2.0.0", "0.9.0", "default:1.0.0", "default@champion", "default@shadow", "wifi:3.0.0")
trained = cache(train)


@dataclass(frozen=True, slots=True)
class World:
    """What tests need to know of the hub: an Authorization header per role, the folder of its files."""

    credentials: dict[str, str]
    folder: Path

    @property
    def settings(self) -> dict[str, object]:
        """``settings.MODELHUB`` for calls to it: closed, without limits, its files in its own folder."""
        return _settings(self.folder)


@contextmanager
def furnished(folder: Path) -> Iterator[World]:
    """The hub is there, in a transaction that ends with this context."""
    with override_settings(MODELHUB=_settings(folder)), _one_connection(), undone():
        yield World(_credentials(), _furnish(folder))


@contextmanager
def _one_connection() -> Iterator[None]:
    """Requests leave the connection open, as those of Django's own test client: it holds the transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves the database and what this process serves as they were."""
    loading.forget()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    loading.forget()


def _settings(folder: Path) -> dict[str, object]:
    folders = {"STORE": folder / "store", "STAGING": folder / "staging", "METERING": folder / "metering"}
    return settings.MODELHUB | folders | UNLIMITED | {"DEV_ANONYMOUS": False, "SOURCE_SECONDS": 2}


def _credentials() -> dict[str, str]:
    nobody = User.objects.create(username="newcomer")
    found = {WITHOUT_ROLE: f"Bearer {tokens.issue(nobody, WITHOUT_ROLE, ACTOR, days=1)[1]}"}
    for role in roles.ROLES:
        user = User.objects.create(username=f"a {role.name}")
        user.groups.add(Group.objects.get(name=role.name))
        found[role.name] = f"Bearer {tokens.issue(user, role.name, ACTOR, days=1)[1]}"
    return found


def _furnish(folder: Path) -> Path:
    _versions()
    _transfers(folder / "training")
    deployed = ModelVersion.objects.get(label="1.0.0", model__name="default")
    operation.validate(deployed, ACTOR)
    drift_checks.check(deployed, ACTOR)
    _watching(deployed)
    return folder


def _versions() -> None:
    old, deployed, candidate = (
        _version(seed, label) for seed, label in ((2, "0.9.0"), (0, "1.0.0"), (1, "2.0.0"))
    )
    lifecycle.deploy(old, ACTOR)
    lifecycle.deploy(deployed, ACTOR, reason="review passed")
    aliases.set_alias(candidate, "shadow", ACTOR)
    lifecycle.deploy(register(trained(0), "3.0.0", model="wifi"), ACTOR)
    for model in ("sshd", "cron"):  # one label in two models, neither of them the default one
        register(trained(0), "7", model=model)
    usual(deployed, trained(0), minutes=20)
    assert conf.default_model() == deployed.model.name


def _version(seed: int, label: str) -> ModelVersion:
    source: Trained = trained(seed)
    version = register(source, label)
    bring_profile(version, source)
    return version


def _transfers(root: Path) -> None:
    packages.write_folder(root / KNOWN, packages.deployment_members("5.0.0"))
    source = TrainingSource.objects.create(name="training", location=str(root))
    import_package(source, KNOWN, ACTOR)
    TrainingSource.objects.create(
        name=DEAD_SOURCE, kind=SourceKind.DIRECTORY, location=str(root / "gone"), is_enabled=False
    )
    row = {"kind": TransferKind.PACKAGE, "source": source, "actor": "tester", "channel": Channel.API}
    Transfer.objects.create(
        pk=QUEUED, status=TransferStatus.QUEUED, origin=NEW, queued_at=timezone.now(), **row
    )
    Transfer.objects.create(
        pk=ENDED,
        status=TransferStatus.REFUSED,
        origin=HOSTILE,
        code="unsafe_type",
        finished_at=timezone.now(),
        **row,
    )


def _watching(version: ModelVersion) -> None:
    alert = open_alert(AlertKind.DRIFT, version, "2 features drifted", facts={"drift_score": 0.2})
    Alert.objects.filter(pk=alert.pk).update(id=ALERT)
    NotificationChannel.objects.create(
        name=CHANNEL, kind=ChannelKind.WEBHOOK, address="http://127.0.0.1:9/none"
    )
