"""ADWIN without the package around it: river's compiled window, none of what else river imports.

``river.drift`` imports its data sets, and with them scikit-learn, scipy and pandas: 80 MB in each serving
process, which needs the window alone. A test holds this against ``river.drift.ADWIN``.
"""

from river._river_rust.drift import AdaptiveWindowing


class Adwin:
    """An adaptive window over values between 0 and 1, as ``river.drift.ADWIN``: same bound, same defaults.

    ``delta`` bounds false alarms at each cut, ``clock`` says after how many values it is cut.
    """

    def __init__(self, *, delta: float = 0.002, clock: int = 32) -> None:
        self._delta = delta
        self._clock = clock
        self.drift_detected = False
        self._window = self._empty()

    @property
    def width(self) -> int:
        """How many values the window holds."""
        return int(self._window.get_width())

    @property
    def estimation(self) -> float:
        """Mean of the values in the window, 0.0 for none."""
        return float(self._window.get_total()) / self.width if self.width else 0.0

    def update(self, value: float) -> None:
        """One more value; ``drift_detected`` says whether the mean changed. After a change it begins anew."""
        if self.drift_detected:
            self._window = self._empty()
        self.drift_detected = bool(self._window.update(value))

    def _empty(self) -> AdaptiveWindowing:
        return AdaptiveWindowing(
            delta=self._delta, clock=self._clock, max_buckets=5, min_window_length=5, grace_period=10
        )
