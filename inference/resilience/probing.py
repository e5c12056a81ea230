"""Trying a version again that is not used at present, off the request path: what closes its breaker."""

import logging
import threading
import time

from inference.faults import Fault
from inference.resilience.breaker import State
from inference.resilience.guarding import Guard, Watched
from inference.serving import opening

log = logging.getLogger(__name__)


def consider(known: Watched, guard: Guard) -> None:
    """A probe is under way where the breaker's pause is over.

    Never after a crash: the probe would end this process. That is for a person to decide.
    """
    if known.breaker.fault is Fault.CRASH or (known.prober is not None and known.prober.is_alive()):
        return
    if known.breaker.may_probe():
        known.prober = threading.Thread(target=_probe, args=(known, guard), name="probe", daemon=True)
        known.prober.start()


def _probe(known: Watched, guard: Guard) -> None:
    """The version scores its probe rows and those it failed on last, in time: its breaker is closed."""
    breaker, started_s = known.breaker, time.monotonic()
    try:
        opening.probe(known.slot.model, known.rows)
        is_good = time.monotonic() - started_s <= guard.limits.slow_s
    except Exception as error:
        # Whatever it is: only the one answer counts that it can be trusted again.
        log.warning(
            "a probe failed", extra={"version": known.slot.version.reference, "error": type(error).__name__}
        )
        is_good = False
    if breaker.state is not State.HALF_OPEN:
        return
    if is_good:
        known.is_recovered = True
        breaker.close()
    else:
        breaker.probe_failed()
        known.is_asked = False
    guard.wake.set()
