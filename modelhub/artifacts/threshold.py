"""Which threshold a version gets: the declared one where it can be true, else the detector's own."""

from dataclasses import dataclass

from modelhub.artifacts.types import Note, PackageMetadata

_SLACK = 1e-9  # a threshold at the very end of the range may differ in the last digits


@dataclass(frozen=True, slots=True)
class ResolvedThreshold:
    """A threshold in score space (higher = more anomalous, anomaly where score > value).

    ``source`` is ``manifest``, ``metadata`` or ``offset``.
    """

    value: float
    source: str
    notes: tuple[Note, ...] = ()


def resolve(metadata: PackageMetadata, offset: float) -> ResolvedThreshold:
    """The manifest's threshold, else the metadata's, else ``-offset`` of scikit-learn's ``offset_``.

    A declared threshold that contradicts the package's own score range was taken from the wrong tail
    or with the wrong sign: every record or none would be an anomaly. It is dropped for ``-offset``
    and a note says so. Ranges are only compared, never repaired.

    >>> from modelhub.artifacts.types import PackageForm
    >>> resolve(PackageMetadata(PackageForm.SERVICE, "v1", (), threshold=-0.46,
    ...         threshold_source="manifest", metrics={"score_min": 0.38, "score_max": 0.65}), -0.52).value
    0.52
    """
    if metadata.threshold is None:
        return ResolvedThreshold(-offset, "offset")
    problem = _contradiction(metadata, metadata.threshold, offset)
    if problem is not None:
        return ResolvedThreshold(-offset, "offset", (problem,))
    return ResolvedThreshold(metadata.threshold, metadata.threshold_source)


def _contradiction(metadata: PackageMetadata, threshold: float, offset: float) -> Note | None:
    low, high = metadata.metrics.get("score_min"), metadata.metrics.get("score_max")
    if _is_sign_error(threshold, low, high, offset):
        return Note(
            "threshold_sign",
            f"The declared threshold {threshold:g} is in the space of score_samples, where low is anomalous; "
            f"the detector's own threshold {-offset:g} is used.",
        )
    if (low is not None and threshold < low - _SLACK) or (high is not None and threshold > high + _SLACK):
        return Note(
            "threshold_suspect",
            f"The declared threshold {threshold:g} lies outside the declared scores; the detector's own "
            f"threshold {-offset:g} is used.",
        )
    return None


def _is_sign_error(threshold: float, low: float | None, high: float | None, offset: float) -> bool:
    """True for a negative threshold where scores are positive, as declared or by the detector's own cut."""
    if threshold >= 0 or offset >= 0:
        return False
    if low is None or high is None:
        return True
    return low >= 0 or high <= 0
