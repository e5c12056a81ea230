"""A receiver can check who sent a message, and that it is fresh."""

import base64
import hashlib
import hmac

from monitoring.notifications import signing


def test_a_receiver_makes_the_same_signature_from_what_it_got() -> None:
    body = b'{"entity":"alert"}'
    sent = signing.headers(delivery_id="d-1", timestamp=1_700_000_000, body=body, secret="s3cret")
    signed = f"{sent[signing.DELIVERY]}.{sent[signing.TIMESTAMP]}.".encode() + body
    expected = base64.b64encode(hmac.new(b"s3cret", signed, hashlib.sha256).digest()).decode()
    assert sent[signing.SIGNATURE] == f"v1,{expected}"


def test_every_part_of_a_message_is_signed() -> None:
    whole = {"delivery_id": "d-1", "timestamp": 1, "body": b"{}", "secret": "s"}
    others = [{"delivery_id": "d-2"}, {"timestamp": 2}, {"body": b"[]"}, {"secret": "t"}]
    seen = {signing.signature(**whole)} | {signing.signature(**(whole | change)) for change in others}
    assert len(seen) == 5


def test_without_a_secret_there_is_no_signature() -> None:
    sent = signing.headers(delivery_id="d-1", timestamp=1, body=b"", secret="")
    assert signing.SIGNATURE not in sent
