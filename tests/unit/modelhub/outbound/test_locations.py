"""The grammar of addresses: what two readers could understand differently is refused."""

import pytest

from modelhub.errors import Code, InputInvalid
from modelhub.outbound.locations import parse

REFUSED = [
    "",
    "train.example.org",
    "//train.example.org/",
    "ftp://train.example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "http://",
    "http:///models",
    "http://user@train.example.org/",
    "http://user:word@train.example.org/",
    "http://train.example.org@10.0.0.1/",
    "http://train.example.org#@10.0.0.1/",
    "http://train.example.org/#part",
    "http://train.example.org\\@10.0.0.1/",
    "http://train.example.org/a b",
    "http://train.example.org/\x00",
    "http://train.example.org\x00.evil.org/",
    "http://train.example.org/\r\nHost: evil",
    "http://train\texample.org/",
    "http://train.example.org:0/",
    "http://train.example.org:/",
    "http://train.example.org:65536/",
    "http://train.example.org:80x/",
    "http://train..example.org/",
    "http://.example.org/",
    "http://train.example.org../",
    "http://-train.example.org/",
    "http://" + "a" * 64 + ".org/",
    "http://" + "a." * 130 + "org/",
    "http://1２7.0.0.1/",
    "http://ⓛocalhost/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://0x7f.0.0.1/",
    "http://0x7f000001/",
    "http://127.1/",
    "http://127.0.0.01/",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://[::1/",
    "http://[::1%25eth0]/",
    "http://[not-an-address]/",
    "http://[127.0.0.1]/",
    "http://train.example.org/" + "a" * 2048,
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_ambiguous_or_foreign_address_is_refused(url: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        parse(url)
    assert caught.value.code is Code.ADDRESS_REFUSED


def test_the_parts_of_an_ordinary_address() -> None:
    location = parse("https://Train.Example.org:8443/api/models/?page=2")
    assert (location.scheme, location.host, location.port) == ("https", "train.example.org", 8443)
    assert location.target == "/api/models/?page=2"


def test_a_trailing_dot_names_the_same_host() -> None:
    assert parse("http://localhost./").host == "localhost"


def test_a_trailing_dot_does_not_hide_a_number() -> None:
    assert str(parse("http://169.254.169.254./").literal) == "169.254.169.254"


def test_the_port_is_left_out_of_the_authority_where_it_is_the_usual_one() -> None:
    assert [parse(url).authority for url in ("http://a.org", "https://a.org:443", "http://[::1]:80/")] == [
        "a.org",
        "a.org",
        "[::1]",
    ]
