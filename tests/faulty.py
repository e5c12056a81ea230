"""A model that fails on marked rows: what native code and broken estimators do, on purpose, for tests.

Versions whose label begins with ``2`` are opened with it where :func:`arm` was called. A live server gets
it through the settings module ``tests.faultysettings``; ``python -m tests.faultyhome`` fills its home.
"""

import ctypes
import time
from dataclasses import replace

import numpy as np

from inference.pipeline import ScoringModel
from inference.runtimes.contract import Matrix, Runtime, Scores
from inference.serving import opening
from modelhub.registry.models import ModelVersion

RAISES, NAN, HANGS, CRASHES, BLOCKS, SHORT, FLOODS = (float(mark) for mark in range(9001, 9008))
_ALL = (RAISES, NAN, HANGS, CRASHES, BLOCKS, SHORT, FLOODS)
LABEL = "2"


class Faulty:
    """Another runtime, until a row carries a mark in its first column."""

    def __init__(self, sound: Runtime) -> None:
        self._sound = sound
        self.n_features, self.center, self.spread = sound.n_features, sound.center, sound.spread

    def score(self, features: Matrix) -> Scores:
        """Scores of the other runtime, or a fault by the first row's mark."""
        marks = set(features[:, 0].tolist()) & set(_ALL) if len(features) else set()
        if RAISES in marks:
            raise RuntimeError("a secret path")
        if HANGS in marks:
            time.sleep(3600)
        if CRASHES in marks:
            ctypes.string_at(0)
        if BLOCKS in marks:
            ctypes.PyDLL(None).sleep(3600)  # keeps the interpreter's lock
        scores = self._sound.score(features)
        if FLOODS in marks:
            return np.full(len(features), 0.99)
        if NAN in marks:
            scores = scores.copy()
            scores[0] = np.nan
        return scores[:-1] if SHORT in marks else scores


def arm() -> None:
    """From now on this process opens the marked versions with :class:`Faulty`."""
    sound = opening.open_version

    def open_version(version: ModelVersion, *, generation: int = 0) -> ScoringModel:
        model = sound(version, generation=generation)
        if not version.label.startswith(LABEL):
            return model
        return replace(model, runtime=Faulty(model.runtime))

    opening.open_version = open_version


def start() -> None:
    """Hook ``START_SERVING`` of a live server."""
    from inference import watching

    arm()
    watching.start()
