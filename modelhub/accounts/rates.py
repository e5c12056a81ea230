"""How often something may happen: rates as operators write them, and counters in this process's memory."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

_SECONDS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600, "day": 86_400}
_GRAMMAR = re.compile(r"([0-9]{1,9})/([a-z]+)")
_OFF = {"", "0"}


@dataclass(frozen=True, slots=True)
class Rate:
    """``limit`` in ``seconds``; a sliding window keeps close to it at any time."""

    limit: int
    seconds: int


class Tally(NamedTuple):
    """What was counted in the running window and in the one before it."""

    window: int
    spent: int
    previous: int


@lru_cache(maxsize=64)
def parse(text: str) -> Rate | None:
    """The rate written as ``60/min`` (units s, sec, min, h, hour, day); None for ``0``: no limit.

    Raises ValueError.

    >>> parse("60/min")
    Rate(limit=60, seconds=60)
    """
    if text.strip() in _OFF:
        return None
    match = _GRAMMAR.fullmatch(text.strip())
    if match is None or match[2] not in _SECONDS or int(match[1]) == 0:
        raise ValueError(f"{text!r} is no rate such as 60/min")
    return Rate(int(match[1]), _SECONDS[match[2]])


def wait(rate: Rate, tally: Tally, now: float) -> float:
    """Seconds until one more fits in, 0.0 where it does now; ``now`` in the seconds of ``tally.window``.

    The window slides: the one before counts by the share of it that still lies within ``rate.seconds``.

    >>> wait(Rate(10, 60), Tally(window=2, spent=5, previous=0), 130.0)
    0.0
    """
    elapsed = now / rate.seconds - tally.window
    room = rate.limit - 1 - tally.spent
    if room >= tally.previous * (1.0 - elapsed):
        return 0.0
    if room >= 0:  # the window before slides out far enough within this one
        return (1.0 - room / tally.previous - elapsed) * rate.seconds
    # Nothing more fits in this window; in the next one, what was counted here slides out in turn.
    return (1.0 - elapsed + max(0.0, 1.0 - (rate.limit - 1) / tally.spent)) * rate.seconds


def whole_seconds(seconds: float) -> int:
    """For ``Retry-After``: rounded up, at least 1."""
    return max(1, math.ceil(seconds))


class Counters:
    """Tallies by key in memory; the least recently counted are dropped beyond ``most``."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._tallies: dict[str, Tally] = {}
        self._lock = Lock()

    def wait(self, key: str, rate: Rate, now: float) -> float:
        """Seconds until ``key`` may go on; nothing is counted."""
        return wait(rate, self._current(key, rate, now), now)

    def spend(self, key: str, rate: Rate, now: float) -> float:
        """0.0 and counted, or the seconds to wait and not counted."""
        with self._lock:
            window = int(now // rate.seconds)
            known = self._tallies.get(key)
            if known is not None and known.window == window and known.spent + known.previous < rate.limit:
                self._tallies[key] = Tally(window, known.spent + 1, known.previous)
                return 0.0  # nearly always: there is room whatever the window before still counts for
            tally = self._current(key, rate, now)
            seconds = wait(rate, tally, now)
            if seconds == 0.0:
                self._tallies.pop(key, None)  # the key then stands last: dropped last
                self._tallies[key] = Tally(tally.window, tally.spent + 1, tally.previous)
                if len(self._tallies) > self._most:
                    self._drop()
            return seconds

    def forget(self) -> None:
        """Nothing is counted any more."""
        with self._lock:
            self._tallies.clear()

    def _current(self, key: str, rate: Rate, now: float) -> Tally:
        window = int(now // rate.seconds)
        tally = self._tallies.get(key)
        if tally is None or tally.window < window - 1:
            return Tally(window, 0, 0)
        return tally if tally.window == window else Tally(window, 0, tally.spent)

    def _drop(self) -> None:
        for key in list(self._tallies)[: self._most // 10]:
            del self._tallies[key]
