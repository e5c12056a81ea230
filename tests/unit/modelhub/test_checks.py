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
