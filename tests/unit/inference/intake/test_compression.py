"""Compressed bodies are unpacked within bounds."""

import gzip

import pytest

from inference.intake.compression import MAX_MEMBERS, gzip_bounded
from modelhub.errors import Code, InputInvalid

WHOLE = gzip.compress(b"x" * 1000)


def test_content_up_to_the_limit() -> None:
    assert gzip_bounded(WHOLE, 1000) == b"x" * 1000


def test_several_members_are_one_content() -> None:
    assert gzip_bounded(gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0", 10) == b"ab"


@pytest.mark.parametrize(
    "body",
    [WHOLE, gzip.compress(b"x" * 600) * 2, gzip.compress(b"\0" * 50_000_000)],
    ids=["one member", "two members", "bomb"],
)
def test_content_beyond_the_limit_is_refused(body: bytes) -> None:
    with pytest.raises(InputInvalid) as raised:
        gzip_bounded(body, 999)
    assert raised.value.code is Code.BODY_TOO_LARGE


@pytest.mark.parametrize(
    "body",
    [b"", b"plain", WHOLE[:-1], WHOLE[:20], WHOLE[:-8] + b"\0" * 8, WHOLE + b"rubbish"],
    ids=["empty", "plain", "cut by one", "cut", "wrong checksum", "rubbish behind"],
)
def test_what_is_no_whole_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(InputInvalid) as raised:
        gzip_bounded(body, 10_000)
    assert raised.value.code is Code.BODY_INVALID


def test_large_members_and_many_members_are_read_whole() -> None:
    noise = b"".join(number.to_bytes(4, "big") for number in range(200_000))
    assert gzip_bounded(gzip.compress(noise) * 2, 2 * len(noise)) == noise * 2
    assert gzip_bounded(gzip.compress(b"a") * MAX_MEMBERS, MAX_MEMBERS) == b"a" * MAX_MEMBERS


@pytest.mark.parametrize("rest", [b"", b"\0" * 2_000_000], ids=["alone", "padded"])
def test_a_flood_of_empty_members_is_refused_at_once(rest: bytes) -> None:
    body = gzip.compress(b"") * 80_000 + rest
    with pytest.raises(InputInvalid, match="members") as raised:
        gzip_bounded(body, 1_000)
    assert raised.value.code is Code.BODY_INVALID
