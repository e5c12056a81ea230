"""The signature of a webhook: MLflow's scheme with our own header names; pure functions.

A receiver makes the same HMAC over ``delivery id.timestamp.body``, compares it in constant time and
refuses timestamps that are more than five minutes off, so that a recorded call cannot be repeated.
"""

import base64
import hashlib
import hmac

DELIVERY = "X-Modelhub-Delivery-Id"
TIMESTAMP = "X-Modelhub-Timestamp"
SIGNATURE = "X-Modelhub-Signature"


def headers(*, delivery_id: str, timestamp: int, body: bytes, secret: str) -> dict[str, str]:
    """Headers of one call; ``timestamp`` in whole seconds since 1970. Without a secret it is not signed."""
    found = {DELIVERY: delivery_id, TIMESTAMP: str(timestamp)}
    if secret:
        found[SIGNATURE] = signature(delivery_id=delivery_id, timestamp=timestamp, body=body, secret=secret)
    return found


def signature(*, delivery_id: str, timestamp: int, body: bytes, secret: str) -> str:
    """``v1,`` and the base64 HMAC-SHA256 of ``delivery_id.timestamp.body``.

    >>> signature(delivery_id="a", timestamp=1, body=b"{}", secret="s")[:9]
    'v1,khQQGV'
    """
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode('ascii')}"
