"""What follows when a version failed in this process: something better than the rules, a row, a step back.

One thread for all that may wait (database, files, opening a version), so that neither requests nor the
pulse ever do. Every step is tried on its own, each half second or as soon as the guard calls.
"""

import logging
import time
from collections.abc import Callable
from functools import partial

from django.db import DatabaseError
from django.utils import timezone

from inference.choices import FaultKind
from inference.faults import Fault
from inference.resilience import crashes, doubting, filewatch, probing, stepping
from inference.resilience.breaker import State
from inference.resilience.guarding import Guard, Watched, rules_slot
from inference.serving import fallback, loading, opening
from inference.serving.slots import Held, Slot
from modelhub.errors import ModelhubError

log = logging.getLogger(__name__)
ASK_AGAIN_S = 60.0
SETTLE_S = 10.0
SEARCH_AGAIN_S = 5.0


class Guardian:
    """The second half of one process's guard; used by one thread."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.condemned: dict[int, tuple[Fault, str]] = {}  # not to be trusted from the first request on
        self._files = filewatch.FileWatch(guard.process)
        self._loads: dict[tuple[int, int], tuple[int, float]] = {}  # failures and the last one's time
        self._asked_s: dict[int, float] = {}
        self._in_vain: dict[str, tuple[int, float]] = {}  # searches by model: for which generation, and when
        self._settled_s = 0.0
        self._troubles: dict[str, str] = {}

    def turn(self) -> None:
        """Look at everything once; a step that fails is logged once and tried again at the next turn."""
        for held in loading.held():
            self._tried(f"condemn {held.model_name}", partial(self._condemn, held))
            self._tried(f"doubt {held.model_name}", partial(self._doubt, held))
            self._tried(f"settle {held.model_name}", partial(self._settle, held))
            self._tried(f"load {held.model_name}", partial(self._look_at_load, held))
            self._tried(f"files {held.model_name}", partial(self._files.look, held))
        self._tried("unused", self._forget_unused)
        if time.monotonic() - self._settled_s >= SETTLE_S:
            self._settled_s = time.monotonic()
            self._tried("alerts", stepping.settle_alerts)

    def look_at_deaths(self) -> None:
        """Processes that died since the last look are accounted for, and what killed two is not used here."""
        self._tried("deaths", crashes.settle)
        self._tried("condemned", lambda: self.condemned.update(crashes.condemned((Fault.CRASH,))))

    def _forget_unused(self) -> None:
        """What was asked for by single requests, or served once, does not stay loaded for our sake."""
        slots = [held.slot for held in loading.held()] + list(self.guard.placed.values())
        self.guard.forget_unused({slot.version.pk for slot in slots if slot is not None})

    def _condemn(self, held: Held) -> None:
        if held.slot is not None and held.slot.version.pk in self.condemned:
            fault, detail = self.condemned.pop(held.slot.version.pk)
            known = self.guard.watch(held.slot)
            known.is_told = True  # its row was written when it was found
            self.guard.trip(held.slot, fault, detail)

    def _settle(self, held: Held) -> None:
        """What answers is the loaded version, or while that is not to be trusted the best there is."""
        if held.slot is None or held.wanted is None:
            return
        known = self.guard.watch(held.slot)
        if known.breaker.state is State.CLOSED:
            self._trust_again(held, known)
            return
        answers = self.guard.placed.get(held.model_name)
        if held.model_name not in loading.substitutes():
            answers = rules_slot(held)
            self.guard.place(held.model_name, answers)
        if answers is None or self.guard.is_bad(answers) or (answers.is_rules and self._may_search(held)):
            answers = self._best(held)
            self.guard.place(held.model_name, answers)
            self._in_vain.pop(held.model_name, None)
            if answers.is_rules:
                self._in_vain[held.model_name] = (held.generation, time.monotonic())
        self._tell(known, serves=answers.version.reference if not answers.is_rules else "the rules")
        self._ask(held, known)
        probing.consider(known, self.guard)

    def _may_search(self, held: Held) -> bool:
        """Opening versions that do not open costs as much as opening good ones: not twice a second."""
        generation, searched_s = self._in_vain.get(held.model_name, (-1, 0.0))
        return generation != held.generation or time.monotonic() - searched_s >= SEARCH_AGAIN_S

    def _trust_again(self, held: Held, known: Watched) -> None:
        self._in_vain.pop(held.model_name, None)
        if held.model_name in self.guard.placed:
            self.guard.place(held.model_name, None)
        if known.is_recovered:
            stepping.recovered(known.slot.version, "It scored well again when it was probed.")
            known.is_recovered = known.is_told = known.is_asked = False
            log.warning("a breaker closed", extra={"version": known.slot.version.reference})

    def _best(self, held: Held) -> Slot:
        """The newest earlier version that opens and did not fail here, or the rules."""
        assert held.wanted is not None
        for version in fallback.candidates(held.wanted):
            other = self.guard.watched.get(version.pk)
            if other is not None and other.breaker.state is not State.CLOSED:
                continue
            try:
                model = opening.open_version(version, generation=held.generation)
            except ModelhubError as error:
                facts = {"version": version.reference, "code": str(error.code)}
                log.warning("a fallback cannot be opened", extra=facts)
                continue
            return Slot(version, model, held.generation, timezone.now(), held.wanted.reference)
        return self.guard.placed.get(held.model_name) or rules_slot(held)

    def _tell(self, known: Watched, *, serves: str) -> None:
        if known.is_told or known.breaker.fault is None:
            return
        breaker = known.breaker
        stepping.report(
            known.slot.version,
            FaultKind(str(breaker.fault)),
            breaker.detail,
            process=self.guard.process,
            calls=breaker.failed_calls,
            serves=serves,
        )
        known.is_told = True

    def _ask(self, held: Held, known: Watched) -> None:
        if known.is_asked and not self._may_ask_again(known.slot.version.pk):
            return
        wanted, breaker = held.wanted, known.breaker
        if wanted is None or wanted.pk != known.slot.version.pk or breaker.fault is None:
            return
        known.is_asked = True
        self._asked_s[wanted.pk] = time.monotonic()
        stepping.step_back(wanted, FaultKind(str(breaker.fault)), breaker.detail)

    def _may_ask_again(self, version_id: int) -> bool:
        return time.monotonic() - self._asked_s.get(version_id, 0.0) >= ASK_AGAIN_S

    def _look_at_load(self, held: Held) -> None:
        """The version that should serve could not be loaded: damaged, or twice in a row for any reason."""
        wanted = held.wanted
        if wanted is None or not held.problem:
            return
        key = (wanted.pk, held.generation)
        failures, last_s = self._loads.get(key, (0, -1.0))
        if last_s == held.failed_s:
            return
        self._loads[key] = (failures + 1, held.failed_s)
        if self._files.found_damaged(wanted):
            return
        if failures + 1 == 2:
            serves = held.slot.version.reference if held.slot else ""
            process = self.guard.process
            stepping.report(
                wanted, FaultKind.LOAD, "it could not be loaded twice", process=process, serves=serves
            )
        if failures + 1 >= 2 and (failures + 1 == 2 or self._may_ask_again(wanted.pk)):
            self._asked_s[wanted.pk] = time.monotonic()
            stepping.step_back(wanted, FaultKind.LOAD, "it could not be loaded twice")

    def _doubt(self, held: Held) -> None:
        """A flood of anomalies is the version's fault only where the one before it does not see it."""
        if held.slot is None or self.guard.is_bad(held.slot):
            return
        known = self.guard.watched.get(held.slot.version.pk)
        if known is not None and (said := doubting.doubt(known, lambda: self._best(held))):
            self.guard.trip(held.slot, Fault.ALERT_RATE, said)

    def _tried(self, name: str, step: Callable[[], object]) -> None:
        try:
            step()
            self._troubles.pop(name, None)
        except Exception as error:
            found, known = type(error).__name__, self._troubles.get(name)
            self._troubles[name] = found
            if found != known:
                expected = isinstance(error, DatabaseError)
                log.warning("the guard waits for its next turn", extra={"step": name}, exc_info=not expected)
