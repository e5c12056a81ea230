"""Limits that several processes count together in a Redis, and what holds while it is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import caches
from pytest_django.fixtures import Settings

from modelhub import env
from modelhub.accounts import limits
from modelhub.accounts.numbers import Numbers
from modelhub.errors import UserFault
from tests import services


@pytest.fixture(autouse=True)
def five_a_minute(settings: Settings) -> Iterator[None]:
    settings.MODELHUB = settings.MODELHUB | {"THROTTLE_READ": "5/min"}
    limits.forget()
    yield
    limits.forget()


def _share(settings: Settings, url: str) -> None:
    settings.CACHES = settings.CACHES | {"limits": env.shared_counts(url)}


@pytest.fixture
def shared(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A Redis as ``CACHE_URL`` configures it."""
    with services.redis(tmp_path) as url:
        _share(settings, url)
        caches["limits"].clear()
        yield
        caches["limits"].clear()


@pytest.mark.service
@pytest.mark.usefixtures("shared")
def test_two_processes_share_one_limit() -> None:
    for _ in range(5):
        limits.spend("THROTTLE_READ", "ada")
        limits.forget()  # what another process knows of it
    with pytest.raises(UserFault) as refused:
        limits.spend("THROTTLE_READ", "ada")
    assert 1 <= int(refused.value.facts["retry_after"]) <= 120


@pytest.mark.service
@pytest.mark.usefixtures("shared")
def test_looking_counts_nothing_in_the_shared_cache() -> None:
    assert [limits.wait("THROTTLE_READ", "bob") for _ in range(10)] == [0.0] * 10
    limits.spend("THROTTLE_READ", "bob")


def test_each_process_counts_while_the_shared_cache_is_away(settings: Settings) -> None:
    _share(settings, f"redis://127.0.0.1:{services.free_port()}/0")
    for _ in range(5):
        limits.spend("THROTTLE_READ", "ada")
    with pytest.raises(UserFault):
        limits.spend("THROTTLE_READ", "ada")


@pytest.mark.parametrize("planted", [b"\x80\x04\x95", b"cos\nsystem\n", b"", b"1.5"])
def test_nothing_but_numbers_is_read_from_it(planted: bytes) -> None:
    with pytest.raises(ValueError, match="int"):
        Numbers().loads(planted)
