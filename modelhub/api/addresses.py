"""From which address a request came, with as much belief in proxies as the operator configured."""

from django.http import HttpRequest

from modelhub import conf


def address_of(request: HttpRequest) -> str:
    """The caller's address: the peer's own, or with ``NUM_PROXIES`` of n the n-th from the right.

    Each proxy appends the address it saw to ``X-Forwarded-For``, so only the entries that our own
    proxies wrote can be believed; whatever a client wrote stands further left and never counts. A
    list shorter than that did not come through all proxies: then it is the peer's address.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = conf.number("NUM_PROXIES")
    if proxies < 1:
        return peer
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return (forwarded[-proxies] if len(forwarded) >= proxies else "") or peer
