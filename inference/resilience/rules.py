"""What answers when no model can: a score from the level and the words of a record, the same for everybody.

It is a feature set of two columns and a runtime over them, so all that scoring does with a model it does
with the rules. A score is the worse of both columns, lifted by half of the rest by the other; above 0.6
it is an anomaly. The tables below are the whole of it.
"""

import re
from collections.abc import Sequence

import numpy as np

from inference.pipeline import ScoringModel
from inference.records import LogRecord
from inference.runtimes.contract import Matrix, Scores
from modelhub.artifacts.calibration import Calibration

NAME = "rules-v1"
THRESHOLD = 0.6
LEVELS = {
    "EMERGENCY": 1.0,
    "EMERG": 1.0,
    "ALERT": 1.0,
    "FATAL": 0.9,
    "CRITICAL": 0.9,
    "CRIT": 0.9,
    "ERROR": 0.65,
    "ERR": 0.65,
    "WARNING": 0.35,
    "WARN": 0.35,
}
WORDS = {
    "segfault": 0.9,
    "kernel panic": 0.9,
    "out of memory": 0.9,
    "oom-killer": 0.9,
    "break-in attempt": 0.9,
    "rootkit": 0.9,
    "malware": 0.9,
    "corrupt": 0.8,
    "corrupted": 0.8,
    "no space left": 0.8,
    "i/o error": 0.8,
    "permission denied": 0.7,
    "authentication failure": 0.7,
    "failed password": 0.7,
    "invalid user": 0.7,
    "illegal user": 0.7,
    "unauthorized": 0.7,
    "connection refused": 0.65,
    "stack trace": 0.65,
    "traceback": 0.65,
    "exception": 0.65,
    "fatal": 0.65,
    "panic": 0.65,
    "timed out": 0.5,
    "timeout": 0.5,
    "failed": 0.5,
    "failure": 0.5,
    "denied": 0.5,
    "refused": 0.5,
    "error": 0.5,
    "abort": 0.5,
    "aborted": 0.5,
    "killed": 0.5,
    "unreachable": 0.5,
}
_WORD = re.compile(
    r"(?<!\w)(?:" + "|".join(re.escape(word) for word in sorted(WORDS, key=len, reverse=True)) + r")(?!\w)",
    re.IGNORECASE,
)


class Rules:
    """Feature set and runtime in one: columns ``rule_level`` and ``rule_words``, both 0..1. Thread-safe."""

    name = NAME
    names: tuple[str, ...] = ("rule_level", "rule_words")
    calendar: frozenset[str] = frozenset()
    n_features = 2
    center: Matrix | None = np.zeros(2)  # an ordinary record has neither, which is what reasons compare with
    spread: Matrix | None = None

    def extract(self, records: Sequence[LogRecord]) -> Matrix:
        """The weight of each record's level and of its gravest words, float64 (n, 2)."""
        return np.array([(level_weight(r.level), words_weight(r.message)) for r in records]).reshape(-1, 2)

    def score(self, features: Matrix) -> Scores:
        """Scores 0..1, float64 (n,): the worse column and half of what the other one adds."""
        worse, other = features.max(axis=1), features.min(axis=1)
        return np.asarray(worse + (1.0 - worse) * other * 0.5)


def level_weight(level: str | None) -> float:
    """How grave a level is, 0..1; 0 for one that is unknown or below WARNING.

    >>> level_weight("error"), level_weight("INFO"), level_weight(None)
    (0.65, 0.0, 0.0)
    """
    return LEVELS.get((level or "").strip().upper(), 0.0)


def words_weight(message: str) -> float:
    """The weight of the gravest word of :data:`WORDS` in the message, whole words only; 0 without one.

    >>> words_weight("Failed password for root"), words_weight("session opened")
    (0.7, 0.0)
    """
    return max((WORDS[word.lower()] for word in _WORD.findall(message)), default=0.0)


def scoring_model(generation: int) -> ScoringModel:
    """The rules in a model's place; severities are 100 times the score."""
    rules = Rules()
    return ScoringModel(
        reference=NAME,
        digest="",
        generation=generation,
        runtime=rules,
        feature_set=rules,
        feature_names=rules.names,
        threshold=THRESHOLD,
        offset=-THRESHOLD,
        # Four decades over the whole range: at 25 points a decade that is severity = 100 * score.
        calibration=Calibration("rules", (0.0, 1.0), (1.0, 1e-4), 0),
    )
