"""Values of what a process holds: a slot in service, and how it compares with the database."""

from dataclasses import dataclass
from datetime import datetime

from inference.pipeline import ScoringModel
from modelhub.registry.models import ModelVersion

RETRY_S = 5.0  # a version that could not be loaded is read again this often: its blob may come back


@dataclass(frozen=True, slots=True)
class Slot:
    """One version in service: the row as it was, the scoring model, and when (aware, UTC) it came.

    ``fallback_from`` names the version (by reference) in whose place this one answers because it could
    not be loaded or failed while it served; else it is empty. ``is_rules`` marks a substitute that looks at
    level and words only: no model answered.
    """

    version: ModelVersion
    model: ScoringModel
    generation: int
    loaded_at: datetime
    fallback_from: str = ""
    is_rules: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds for one registered model.

    ``wanted`` and ``generation`` are what the database asked for at the last look that led to a load;
    ``problem`` says why ``slot`` is something else or nothing, or is empty. ``failed_s`` is a monotonic
    time.
    """

    model_name: str
    slot: Slot | None = None
    wanted: ModelVersion | None = None
    generation: int = -1
    problem: str = ""
    failed_s: float = 0.0

    @property
    def is_serving(self) -> bool:
        """True when requests are answered, be it by another version than the one that should serve."""
        return self.slot is not None

    def is_settled(self, wanted: ModelVersion, generation: int, *, now_s: float) -> bool:
        """True when nothing is to be done: this was loaded, or it failed only a moment ago."""
        return self.is_about(wanted, generation) and (not self.problem or now_s - self.failed_s < RETRY_S)

    def is_about(self, wanted: ModelVersion, generation: int) -> bool:
        """True when the last load, good or not, was of this version for this generation."""
        if self.wanted is None or (self.wanted.pk, self.wanted.digest) != (wanted.pk, wanted.digest):
            return False
        return self.generation == generation
