"""Wrong passwords and tokens: who tries too many from one address has to wait before the next."""

from modelhub.accounts import limits, refusals
from modelhub.actors import Actor, Channel
from modelhub.audit.trail import Outcome

RATE = "FAILED_LOGINS"
NOBODY = "anonymous"


def must_wait(address: str) -> float:
    """Seconds before a credential from this address is looked at again; 0.0 where it is now."""
    return limits.wait(RATE, limits.site_of(address))


def failed(action: str, target: str, address: str, *, channel: Channel, detail: str) -> None:
    """A wrong credential is counted against its address and recorded as ``action``."""
    site = limits.site_of(address)
    limits.hit(RATE, site)
    refusals.note(action, target, Actor(NOBODY, channel), caller=site, outcome=Outcome.DENIED, detail=detail)
