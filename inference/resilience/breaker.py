"""When a version is not to be trusted any more: counts over a short window, states, and pauses.

A closed breaker lets calls through and counts them. It opens by what it counted or by what it is told
(:meth:`Breaker.trip`), may be probed after a pause, and closes when a probe succeeds. Each opening soon
after the last one doubles the pause.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from inference.faults import Fault

Clock = Callable[[], float]
_NOTHING = (0, 0, 0, 0, 0)


class State(StrEnum):
    """Closed: calls pass. Open: they do not. Half open: one probe is on its way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Limits:
    """What opens a breaker; seconds, counts and shares.

    ``failures`` within the window open it where they are at least ``share`` of its calls: one caller's odd
    rows do not take a version away from everybody. Of calls that took too long ``timeouts`` suffice.
    """

    window_s: float = 60.0
    failures: int = 5
    share: float = 0.5
    slow_s: float = 30.0
    timeouts: int = 2
    pause_s: float = 30.0
    longest_pause_s: float = 600.0


class Breaker:
    """The breaker of one version in one process.

    :meth:`passed` is called for every request and takes no lock: a count lost between two threads changes
    nothing. What opens it and what probes it is decided under one: of several threads one is told.
    """

    def __init__(self, limits: Limits, *, clock: Clock = time.perf_counter) -> None:
        self._limits = limits
        self._clock = clock
        self._deciding = threading.Lock()
        self._turn_s = 0.0
        self._calls = self._failures = self._slow = self._records = self._anomalies = 0
        self._before = _NOTHING  # the same five of the half window before
        self._pause_s = limits.pause_s
        self._opened_s = self._closed_s = -limits.longest_pause_s * 10
        self.state = State.CLOSED
        self.fault: Fault | None = None
        self.detail = ""
        self.failed_calls = 0

    def passed(self, took_s: float, now_s: float, records: int = 0, anomalies: int = 0) -> bool:
        """One call was answered; True where it took so long that the breaker is open now."""
        if now_s >= self._turn_s:
            self._roll(now_s)
        self._calls += 1
        self._records += records
        self._anomalies += anomalies
        if took_s <= self._limits.slow_s:
            return False
        self._slow += 1
        slow = self._slow + self._before[2]
        return slow >= self._limits.timeouts and self.trip(
            Fault.TIMEOUTS, f"{slow} calls took longer than {self._limits.slow_s:g} s", calls=slow
        )

    def failed(self, fault: Fault) -> bool:
        """One call failed by the version's fault; True where the breaker is open now because of it."""
        now_s = self._clock()
        if now_s >= self._turn_s:
            self._roll(now_s)
        self._calls += 1
        self._failures += 1
        if fault in (Fault.NON_FINITE, Fault.SCHEMA):  # no odd row excuses these: one is enough
            return self.trip(fault, _SAID[fault])
        calls, failures = self._calls + self._before[0], self._failures + self._before[1]
        is_much = failures >= self._limits.failures and failures >= self._limits.share * calls
        said = f"{failures} of the last {calls} calls failed"
        return is_much and self.trip(fault, said, calls=failures)

    def trip(self, fault: Fault, detail: str, *, calls: int = 1) -> bool:
        """The breaker is open; True for the one caller who opened it."""
        with self._deciding:
            if self.state is not State.CLOSED:
                return False
            now_s = self._clock()
            was_recent = now_s - self._closed_s < self._limits.longest_pause_s
            self._pause_s = self._longer() if was_recent else self._limits.pause_s
            self.state, self.fault, self.detail, self.failed_calls = State.OPEN, fault, detail, calls
            self._opened_s = now_s
            return True

    def may_probe(self) -> bool:
        """True when the pause is over; the breaker is half open then, for one caller."""
        with self._deciding:
            if self.state is not State.OPEN or self._clock() - self._opened_s < self._pause_s:
                return False
            self.state = State.HALF_OPEN
            return True

    def probe_failed(self) -> None:
        """Open again, with twice the pause."""
        self.state, self._opened_s, self._pause_s = State.OPEN, self._clock(), self._longer()

    def close(self) -> None:
        """Calls pass, and nothing of before counts any more."""
        self._calls = self._failures = self._slow = self._records = self._anomalies = 0
        self._before = _NOTHING
        self.state, self.fault, self.detail, self.failed_calls = State.CLOSED, None, "", 0
        self._closed_s = self._clock()

    def counted(self) -> tuple[int, int, int]:
        """Calls, records and anomalies of the window."""
        now, before = self._now(), self._before
        return now[0] + before[0], now[3] + before[3], now[4] + before[4]

    def _now(self) -> tuple[int, int, int, int, int]:
        return self._calls, self._failures, self._slow, self._records, self._anomalies

    def _longer(self) -> float:
        return min(self._pause_s * 2, self._limits.longest_pause_s)

    def _roll(self, now_s: float) -> None:
        """Two half windows take turns: what is counted is at least half and at most a whole window old."""
        half_s = self._limits.window_s / 2
        is_next = now_s < self._turn_s + half_s
        self._before = self._now() if is_next else _NOTHING
        self._calls = self._failures = self._slow = self._records = self._anomalies = 0
        self._turn_s = now_s + half_s


_SAID = {
    Fault.NON_FINITE: "it answered scores that are no numbers",
    Fault.SCHEMA: "its columns or scores do not fit",
}
