"""Which machines may be called, by number, by name and by configuration."""

import socket
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from modelhub.errors import Code, InputInvalid, Unavailable
from modelhub.outbound.addresses import Reach, check_address, reach, resolve
from modelhub.outbound.locations import parse

Resolver = Callable[..., None]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Sets what the resolver answers for every name."""

    def answer(*addresses: str) -> None:
        found = [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, 0)) for one in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)

    return answer


@pytest.fixture
def production(settings: Settings) -> None:
    settings.MODELHUB = settings.MODELHUB | {"LOOPBACK_CALLS": False}


def listed(settings: Settings, *hosts: str) -> None:
    settings.MODELHUB = settings.MODELHUB | {"PRIVATE_HOSTS": list(hosts)}


def refused(url: str, **more: Any) -> bool:
    try:
        resolve(parse(url), seconds=1, **more)
    except InputInvalid as error:
        return error.code is Code.ADDRESS_REFUSED
    return False


@pytest.mark.parametrize(
    "text",
    [
        "169.254.169.254",
        "169.254.0.1",
        "0.0.0.0",
        "0.1.2.3",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "::",
        "fe80::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "::169.254.169.254",
    ],
)
def test_link_local_metadata_and_no_host_addresses_are_never_called(text: str) -> None:
    assert reach(ip_address(text)) is Reach.NEVER


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "fc00::1",
        "fec0::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "2002:0a00:0001::",
        "64:ff9b::8.8.8.8",
    ],
)
def test_private_ranges_are_told_in_every_spelling(text: str) -> None:
    assert reach(ip_address(text)) is Reach.PRIVATE


@pytest.mark.parametrize("text", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_is_this_machine(text: str) -> None:
    assert reach(ip_address(text)) is Reach.LOOPBACK


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses_are_public(text: str) -> None:
    assert reach(ip_address(text)) is Reach.PUBLIC


def test_development_calls_its_own_machine() -> None:
    assert not refused("http://127.0.0.1:8001/")


def test_development_calls_localhost_by_name(names: Resolver) -> None:
    names("::1", "127.0.0.1")
    assert not refused("http://localhost:8001/")


def test_a_foreign_name_that_leads_to_this_machine_is_refused_in_development_too(names: Resolver) -> None:
    names("127.0.0.1")
    assert refused("http://train.example.org/")


@pytest.mark.usefixtures("production")
def test_production_does_not_call_its_own_machine() -> None:
    assert refused("http://127.0.0.1:8001/")


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.1:8001"])
def test_a_listed_host_is_called_in_production(settings: Settings, entry: str) -> None:
    listed(settings, entry)
    assert not refused("http://127.0.0.1:8001/")


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("entry", ["::1", "[::1]", "[::1]:8001"])
def test_an_ipv6_host_is_listed_with_or_without_brackets(settings: Settings, entry: str) -> None:
    listed(settings, entry)
    assert not refused("http://[::1]:8001/")


def test_an_entry_with_a_port_lists_that_port_only(settings: Settings, names: Resolver) -> None:
    listed(settings, "train.internal:8001")
    names("10.0.0.5")
    assert (refused("http://train.internal:8001/"), refused("http://train.internal:22/")) == (False, True)


def test_a_listed_name_still_never_leads_to_the_metadata_address(settings: Settings, names: Resolver) -> None:
    listed(settings, "train.internal")
    names("169.254.169.254")
    assert refused("http://train.internal/", allow_private=True)


def test_one_bad_address_among_several_refuses_the_name(names: Resolver) -> None:
    names("8.8.8.8", "10.0.0.1")
    assert refused("http://train.example.org/")


def test_every_address_of_a_good_name_is_kept_in_order(names: Resolver) -> None:
    names("8.8.8.8", "8.8.4.4", "8.8.8.8")
    found = resolve(parse("http://train.example.org/"), seconds=1)
    assert [str(address) for address in found] == ["8.8.8.8", "8.8.4.4"]


def test_an_unknown_name_is_a_source_that_is_away(names: Resolver) -> None:
    names()
    with pytest.raises(Unavailable) as caught:
        resolve(parse("http://nowhere.example.org/"), seconds=1)
    assert caught.value.code is Code.SOURCE_UNAVAILABLE


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*args: Any, **kwargs: Any) -> list[Any]:
        time.sleep(2)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    started = time.monotonic()
    with pytest.raises(Unavailable):
        resolve(parse("http://slow.example.org/"), seconds=0.05)
    assert time.monotonic() - started < 1


def test_a_form_is_told_of_a_number_that_is_never_called() -> None:
    with pytest.raises(InputInvalid):
        check_address("http://169.254.169.254/latest")


def test_a_form_does_not_resolve_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: pytest.fail("a name was resolved"))
    check_address("https://hooks.example.org/x")
