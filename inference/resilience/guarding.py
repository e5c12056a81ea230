"""The guard of a serving process: what requests tell it, and what it decides in memory within microseconds.

Nothing here asks the database or reads a file, because a request must never wait for that. What has to be
written and opened is left to :mod:`inference.resilience.guardian`, which :attr:`Guard.wake` calls at once.
"""

import copy
import logging
import threading
from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils import timezone

from inference.faults import Fault
from inference.resilience import rules
from inference.resilience.breaker import Breaker, Limits, State
from inference.resilience.inflight import Call, Calls
from inference.runtimes.contract import Matrix
from inference.serving import loading
from inference.serving.slots import Held, Slot
from modelhub import conf
from modelhub.errors import ModelFailed

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Watched:
    """One version and its breaker, from one decision to serve it to the next one."""

    slot: Slot
    breaker: Breaker
    rows: Matrix | None = None  # some of those it failed on
    last: Matrix | None = None  # features of the last batch with an anomaly in it
    is_told: bool = False
    is_asked: bool = False
    is_recovered: bool = False
    prober: threading.Thread | None = None


@dataclass(slots=True)
class Guard:
    """Breakers by version id, and what stands in for which model. Any thread may call it."""

    process: str
    limits: Limits
    calls: Calls | None = None
    watched: dict[int, Watched] = field(default_factory=dict)
    placed: dict[str, Slot] = field(default_factory=dict)
    wake: threading.Event = field(default_factory=threading.Event)

    def begin(self, slot: Slot) -> int:
        """A call is under way; its place for :meth:`end`."""
        return -1 if self.calls is None or slot.is_rules else self.calls.begin(slot.version.pk)

    def end(self, place: int) -> None:
        """The call is over, well or not."""
        if self.calls is not None:
            self.calls.end(place)

    def passed(self, slot: Slot, features: Matrix, anomalies: int, *, took_s: float, now_s: float) -> None:
        """A batch, unscaled features (n, n_features), was scored."""
        known = self.watched.get(slot.version.pk)
        if known is None or known.slot.generation < slot.generation:
            known = self.watch(slot)
        if anomalies:
            known.last = features
        if known.breaker.passed(took_s, now_s, len(features), anomalies):
            self.stand_in(known)

    def failed(self, slot: Slot, error: ModelFailed) -> None:
        """The version could not score a batch; from now on something else answers where that is too much."""
        known = self.watch(slot)
        if error.rows is not None:
            known.rows = error.rows
        if known.breaker.failed(Fault(str(error.facts["fault"]))):
            self.stand_in(known)

    def trip(self, slot: Slot, fault: Fault, detail: str, *, calls: int = 1) -> bool:
        """The version's breaker is open by what was seen from outside; True where it was not before."""
        known = self.watch(slot)
        if not known.breaker.trip(fault, detail, calls=calls):
            return False
        self.stand_in(known)
        return True

    def watch(self, slot: Slot) -> Watched:
        """What is known of the version since the decision that the slot was loaded for."""
        known = self.watched.get(slot.version.pk)
        if known is None or known.slot.generation < slot.generation:
            known = self.watched[slot.version.pk] = Watched(slot, Breaker(self.limits))
        return known

    def forget_unused(self, used: Collection[int]) -> None:
        """Nothing is kept in memory of other versions than ``used`` (ids), but of those that failed here."""
        for version_id, known in list(self.watched.items()):
            is_clean = known.breaker.state is State.CLOSED and known.rows is None and not known.is_recovered
            if is_clean and version_id not in used:
                self.watched.pop(version_id, None)

    def is_bad(self, slot: Slot) -> bool:
        """True while the breaker of the slot's version is not closed."""
        known = self.watched.get(slot.version.pk)
        if known is None or slot.is_rules or known.slot.generation < slot.generation:
            return False
        return known.breaker.state is not State.CLOSED

    def stand_in(self, known: Watched) -> None:
        """The rules answer from the next request on where the version answered; the guardian finds better."""
        held = held_for(known.slot)
        if held is not None:
            answers = self.placed.get(held.model_name) or held.slot
            if answers is not None and answers.version.pk == known.slot.version.pk:
                self.place(held.model_name, rules_slot(held))
        log.error(
            "a breaker opened", extra={"version": known.slot.version.reference, "why": known.breaker.detail}
        )
        self.wake.set()

    def place(self, model_name: str, slot: Slot | None) -> None:
        """That slot answers for the model in this process; None: what is loaded does."""
        if slot is None:
            self.placed.pop(model_name, None)
        else:
            self.placed[model_name] = slot
        loading.stand_in(model_name, slot)

    def notice_stuck(self, now_s: float) -> list[Call]:
        """The calls that have been under way for too long, each reason enough to stop using its version."""
        if self.calls is None:
            return []
        stuck = [call for call in self.calls.under_way() if now_s - call.started_s > self.limits.slow_s]
        for version_id in {call.version_id for call in stuck}:
            known = self.watched.get(version_id) or self._loaded(version_id)
            number = sum(call.version_id == version_id for call in stuck)
            said = f"{number} calls have not ended after {self.limits.slow_s:g} s"
            if known is not None and known.breaker.trip(Fault.TIMEOUTS, said, calls=number):
                self.stand_in(known)
        return stuck

    def _loaded(self, version_id: int) -> Watched | None:
        slots = (held.slot for held in loading.held())
        return next((self.watch(slot) for slot in slots if slot and slot.version.pk == version_id), None)


_guard: Guard | None = None


def guard() -> Guard | None:
    """The guard of this process; None where it does not serve."""
    return _guard


def take_up(process: str, calls: Calls | None) -> Guard:
    """This process has a guard from now on, with nothing known."""
    global _guard
    _guard = Guard(process, Limits(slow_s=max(1.0, conf.number("SCORING_SECONDS"))), calls)
    return _guard


def forget() -> None:
    """No guard any more: for a forked child and for tests."""
    global _guard
    known, _guard = _guard, None
    if known is not None and known.calls is not None:
        known.calls.abandon()


def held_for(slot: Slot) -> Held | None:
    """What this process holds for the slot's registered model."""
    name = slot.version.model.name
    return next((held for held in loading.held() if held.model_name == name), None)


def rules_slot(held: Held) -> Slot:
    """The rules in the place of the version that should serve."""
    wanted = held.wanted
    assert wanted is not None
    # The row's copy is never saved: it only says who answers, and anomalies that are found refer to the row.
    version = copy.copy(wanted)
    version.label, version.feature_set, version.threshold = rules.NAME, rules.NAME, rules.THRESHOLD
    version.threshold_source, version.feature_names = "rules", list(rules.Rules.names)
    model = rules.scoring_model(held.generation)
    return Slot(version, model, held.generation, timezone.now(), wanted.reference, is_rules=True)
