"""One message, to the last byte, or nothing."""

import pytest

from modelhub.artifacts.quarantine.framing import Malformed, Message, decode, encode


def test_a_message_comes_back_as_it_was_sent() -> None:
    assert decode(encode({"a": 1}, [b"xy", b""])) == Message({"a": 1}, (b"xy", b""))


def _raw(text: bytes, rest: bytes = b"") -> bytes:
    return len(text).to_bytes(8, "big") + text + rest


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234567",
        (1 << 62).to_bytes(8, "big"),
        (5 << 20).to_bytes(8, "big") + bytes(5 << 20),
        encode({}, [b"abc"])[:-1],
        encode({}, [b"abc"]) + b"x",
        _raw(b"[]"),
        _raw(b"{}"),
        _raw(b'{"blobs": 3}'),
        _raw(b'{"blobs": [-1, 1]}'),
        _raw(b'{"blobs": [true]}', b"x"),
        _raw(b'{"blobs": [1.0]}', b"x"),
        _raw(b'{"blobs": [' + b"0," * 40 + b"0]}"),
        _raw(b"{" + b'"a":[' * 100_000),
        _raw(b"\xff\xfe{}"),
    ],
)
def test_anything_else_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data)
