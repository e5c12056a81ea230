"""Values of what a process holds: a slot in service, and how it compares with the database."""

from dataclasses import dataclass
from datetime import datetime

from inference.pipeline import ScoringModel
from modelhub.registry.models import ModelVersion

RETRY_S = 5.0  # a version that could not be loaded is read again this often: its blob may come back


@dataclass(frozen=True, slots=True)
class Slot:
    """One version in service: the row as it was, the scoring model, and when (aware, UTC) it came.

    ``fallback_from`` is the reference of the version that should serve but could not be loaded, or empty.
    """

    version: ModelVersion
    model: ScoringModel
    generation: int
    loaded_at: datetime
    fallback_from: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds for one registered model.

    ``wanted`` and ``generation`` are what the database asked for at the last look that led to a load;
    ``problem`` says why ``slot`` is something else, or is empty. ``failed_s`` is a monotonic time.
    """

    model_name: str
    slot: Slot | None = None
    wanted: ModelVersion | None = None
    generation: int = -1
    problem: str = ""
    failed_s: float = 0.0

    def is_settled(self, wanted: ModelVersion, generation: int, *, now_s: float) -> bool:
        """True when nothing is to be done: this was loaded, or it failed only a moment ago."""
        if self.wanted is None or (self.wanted.pk, self.wanted.digest) != (wanted.pk, wanted.digest):
            return False
        if self.generation != generation:
            return False
        return not self.problem or now_s - self.failed_s < RETRY_S
