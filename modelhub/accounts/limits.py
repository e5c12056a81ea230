"""Limits per caller: each scope has a rate; who exceeds it is told when to come back.

Counted in this process's memory, or for all processes together in the shared cache where one is
configured. When that cache does not answer, each process counts for itself: a limit is no reason to
stop working.
"""

import logging
import os
import time
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.core.cache import caches

from modelhub import conf
from modelhub.accounts import rates
from modelhub.accounts.rates import Counters, Rate, Tally
from modelhub.errands import Errands
from modelhub.errors import Code, UserFault

log = logging.getLogger(__name__)
NAMES = ("THROTTLE_ANALYZE", "THROTTLE_IMPORT", "THROTTLE_OPERATE", "THROTTLE_READ", "FAILED_LOGINS")
SHARED_CACHE = "limits"
PATIENCE_S = 1.0  # for one answer of the shared cache, however slowly its bytes come
AWAY_S = 5.0  # how long a shared cache that did not answer is left alone
IPV6_SITE = 64  # bits: what one customer is given, so one caller can use any address below it
_local = Counters()
_ask_again_at = 0.0
# A time limit on each read, as Redis clients have, is no limit on an answer that comes byte by byte.
_errands = Errands(4)
os.register_at_fork(after_in_child=_errands.start_afresh)


def rate_of(name: str) -> Rate | None:
    """The rate by its name in ``settings.MODELHUB``; None where it is switched off."""
    return rates.parse(conf.text(name))


def spend(name: str, identity: str, *, shared: bool = True) -> None:
    """One more call of ``identity`` is counted against the rate ``name``.

    ``shared=False`` counts in this process only, which costs about a microsecond. Raises UserFault
    (``throttled``) with the seconds to wait as the fact ``retry_after``.
    """
    if seconds := hit(name, identity, shared=shared):
        raise throttled(seconds, "Too many calls.")


def hit(name: str, identity: str, *, shared: bool = True) -> float:
    """0.0 and counted, or the seconds until there is room again and not counted."""
    rate = rate_of(name)
    if rate is None:
        return 0.0
    key = f"{name}:{identity}"
    seconds = _shared_wait(key, rate) if shared else None
    if seconds is None:
        return _local.spend(key, rate, time.monotonic())
    if seconds == 0.0:
        _shared_count(key, rate)
    return seconds


def wait(name: str, identity: str) -> float:
    """Seconds until there is room again, 0.0 where there is; nothing is counted."""
    rate = rate_of(name)
    if rate is None:
        return 0.0
    key = f"{name}:{identity}"
    seconds = _shared_wait(key, rate)
    return _local.wait(key, rate, time.monotonic()) if seconds is None else seconds


def throttled(seconds: float, why: str) -> UserFault:
    """The error that says so, for raising."""
    retry_after = rates.whole_seconds(seconds)
    error = UserFault(Code.THROTTLED, f"{why} Try again in {retry_after} seconds.")
    error.facts["retry_after"] = retry_after
    return error


def site_of(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the network of an IPv6 one.

    >>> site_of("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, IPV6_SITE), strict=False))


def is_shared() -> bool:
    """True where all processes count together."""
    return SHARED_CACHE in settings.CACHES


def forget() -> None:
    """This process's own counts are gone, and so is what it knows of the shared cache."""
    global _ask_again_at
    _ask_again_at = 0.0
    _local.forget()


def _shared_wait(key: str, rate: Rate) -> float | None:
    """As :func:`modelhub.accounts.rates.wait` on the shared counts; None where there are none to be had."""
    if not is_shared() or time.monotonic() < _ask_again_at:
        return None
    now = time.time()
    window = int(now // rate.seconds)
    names = [_slot(key, window), _slot(key, window - 1)]
    try:
        counts = _errands.within(PATIENCE_S, lambda: caches[SHARED_CACHE].get_many(names))
    except Exception:  # each cache backend has errors of its own
        _leave_alone()
        return None
    count, previous = (int(counts.get(name) or 0) for name in names)
    return rates.wait(rate, Tally(window, count, previous), now)


def _shared_count(key: str, rate: Rate) -> None:
    name = _slot(key, int(time.time() // rate.seconds))

    def count() -> None:
        caches[SHARED_CACHE].add(name, 0, timeout=2 * rate.seconds)
        caches[SHARED_CACHE].incr(name)

    try:
        _errands.within(PATIENCE_S, count)
    except Exception:  # as above
        _leave_alone()


def _leave_alone() -> None:
    """Waiting for a cache that is away would cost every call a second."""
    global _ask_again_at
    _ask_again_at = time.monotonic() + AWAY_S
    log.warning("the shared cache does not answer; limits count per process")


def _slot(key: str, window: int) -> str:
    return f"{key}:{window}".replace(" ", "_")
