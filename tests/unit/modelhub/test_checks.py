"""Unsafe set-ups are refused by name, safe ones pass."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django.fixtures import Settings

from modelhub import checks

GOOD_KEY = "k9$Wq2!xZp7#Lm4vRt8&Yb1cNf6^Hd3jGs5*Ae0uIoPw-QzXyTr"


def _ids() -> list[str]:
    return [message.id for message in checks.unsafe_setup(None) if message.id]


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.DEVELOPMENT = False
    settings.ALLOWED_HOSTS = ["hub.example.org"]
    settings.SECRET_KEY = GOOD_KEY
    return settings


def test_the_development_default_is_accepted() -> None:
    assert _ids() == []


def test_calls_without_credentials_need_a_loopback_address(settings: Settings) -> None:
    settings.BIND = "0.0.0.0"
    assert _ids() == ["modelhub.E001"]


def test_a_public_address_is_fine_when_credentials_are_always_needed(settings: Settings) -> None:
    settings.BIND = "0.0.0.0"
    settings.MODELHUB = settings.MODELHUB | {"DEV_ANONYMOUS": False}
    assert _ids() == []


def test_a_complete_production_set_up_is_accepted(production: Settings) -> None:
    assert _ids() == []


@pytest.mark.parametrize("hosts", [[], ["*"], ["hub.example.org", "*"]])
def test_production_needs_named_hosts(production: Settings, hosts: list[str]) -> None:
    production.ALLOWED_HOSTS = hosts
    assert _ids() == ["modelhub.E002"]


@pytest.mark.parametrize("key", ["short", "a" * 60, "django-insecure-" + GOOD_KEY])
def test_production_needs_a_real_secret(production: Settings, key: str) -> None:
    production.SECRET_KEY = key
    assert _ids() == ["modelhub.E003"]


def test_production_refuses_the_development_door(
    production: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEV_ANONYMOUS", "true")
    assert _ids() == ["modelhub.E004"]


def test_manage_check_refuses_too(production: Settings) -> None:
    production.ALLOWED_HOSTS = ["*"]
    with pytest.raises(SystemCheckError, match=r"modelhub\.E002"):
        call_command("check")


def test_the_web_process_ends_before_it_serves(production: Settings) -> None:
    production.ALLOWED_HOSTS = ["*"]
    with pytest.raises(SystemExit, match=r"modelhub\.E002"):
        checks.refuse_unsafe()


def test_fewer_proxies_than_none_are_refused(settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"NUM_PROXIES": -1, "DEV_ANONYMOUS": False}
    assert _ids() == ["modelhub.E006"]


def test_the_development_door_does_not_stand_behind_a_proxy(settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"NUM_PROXIES": 1}
    assert _ids() == ["modelhub.E008"]


@pytest.mark.parametrize(
    "name", ["THROTTLE_ANALYZE", "THROTTLE_IMPORT", "THROTTLE_OPERATE", "THROTTLE_READ", "FAILED_LOGINS"]
)
def test_a_rate_that_cannot_be_read_is_refused(settings: Settings, name: str) -> None:
    settings.MODELHUB = settings.MODELHUB | {name: "many"}
    assert _ids() == ["modelhub.E007"]


@pytest.mark.parametrize("days", [0, -1, 100_000])
def test_tokens_need_a_sensible_default_end(settings: Settings, days: int) -> None:
    settings.MODELHUB = settings.MODELHUB | {"TOKEN_DAYS": days}
    assert _ids() == ["modelhub.E011"]


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever number of cores this machine has."""
    monkeypatch.setenv("WEB_WORKERS", "1")


def test_scoring_should_not_occupy_every_thread(settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"WEB_THREADS": 8, "SCORING_LIMIT": 8}
    assert _advice() == ["modelhub.W013"]


def _advice() -> list[str | None]:
    return [message.id for message in checks.unwise_setup(None)]


def test_several_processes_should_count_together(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_WORKERS", "2")
    assert _advice() == ["modelhub.W009"]
    shared = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    settings.CACHES = settings.CACHES | {"limits": shared}
    assert _advice() == []


def test_a_proxy_that_ends_tls_should_be_counted(production: Settings) -> None:
    assert _advice() == ["modelhub.I010"]
    production.MODELHUB = production.MODELHUB | {"NUM_PROXIES": 1}
    assert _advice() == []
