"""The served form must answer what the original answered: scores, labels, and the same every time."""

import io

import numpy as np
import numpy.typing as npt

from modelhub.errors import Code, PackageRefused

FloatArray = npt.NDArray[np.float64]
_TOLERANCE = 1e-9
_TIE = 1e-12
_MAX_ROWS = 4096


def read_claims(rows_file: bytes, scores_file: bytes, n_features: int) -> tuple[FloatArray, FloatArray]:
    """Probe rows (n, n_features) and the original's scores (n,), float64 and finite.

    Raises ValueError for anything else.
    """
    rows, scores = read_array(rows_file), read_array(scores_file)
    if rows.ndim != 2 or rows.shape[1] != n_features or not 0 < len(rows) <= _MAX_ROWS:
        raise ValueError
    if scores.shape != (len(rows),) or not np.isfinite(rows).all() or not np.isfinite(scores).all():
        raise ValueError
    return rows, scores


def read_array(data: bytes) -> FloatArray:
    """A float64 array in .npy form. Raises ValueError for anything else."""
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # the parser meets bytes of a process that may be hostile
        raise ValueError from error
    if not isinstance(array, np.ndarray) or array.dtype != np.float64:
        raise ValueError
    return array


def write_array(values: FloatArray) -> bytes:
    """The array in .npy form."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values, dtype=np.float64), allow_pickle=False)
    return buffer.getvalue()


def compare(served: tuple[FloatArray, FloatArray], original: FloatArray, *, threshold: float) -> None:
    """Pass if both runs of the served form equal the original.

    Labels (score > threshold) must be equal except where both scores lie on the threshold itself.
    Raises PackageRefused: smoke_test_failed (shape, not finite, two runs differ), parity_failed.
    """
    first, second = served
    if first.shape != original.shape or not np.isfinite(first).all():
        raise PackageRefused(
            Code.SMOKE_TEST_FAILED,
            "The model gives scores that are not finite numbers on ordinary rows. Train it again.",
        )
    if not np.array_equal(first, second):
        raise PackageRefused(
            Code.SMOKE_TEST_FAILED, "The model gives different scores for the same rows. Train it again."
        )
    tie = (np.abs(first - threshold) <= _TIE) & (np.abs(original - threshold) <= _TIE)
    same_labels = ((first > threshold) == (original > threshold)) | tie
    # Absolute for scores near one, relative for those of a support vector machine or a covariance.
    close = np.abs(first - original) <= _TOLERANCE * np.maximum(1.0, np.abs(original))
    if not (same_labels.all() and close.all()):
        raise PackageRefused(
            Code.PARITY_FAILED,
            "The safe form of the model does not give the scores of the original. "
            "Export the package again; if it stays, report the estimator and its scikit-learn version.",
        )
