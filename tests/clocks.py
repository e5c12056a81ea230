"""A wall clock that a test moves, for every process of a hub; the monotonic clock runs on undisturbed."""

import os
from pathlib import Path

HOUR_S, DAY_S = 3_600, 86_400


class Clock:
    """The processes that have ``variables`` in their environment read this clock; it is right at first."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    @property
    def variables(self) -> dict[str, str]:
        """What a Python process needs in its environment when it starts."""
        folder = Path(__file__).resolve().parent / "movedclock"
        known = os.environ.get("PYTHONPATH", "")
        return {
            "MOVED_CLOCK": str(self._file),
            "PYTHONPATH": f"{folder}{os.pathsep}{known}".strip(os.pathsep),
        }

    def set(self, off_s: float) -> None:
        """From now on the clock is that many seconds ahead, or behind where they are negative."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{off_s}\n")
        draft.rename(self._file)  # nobody reads half a number
