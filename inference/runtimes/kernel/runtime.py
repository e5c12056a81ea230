"""Isolation forests from their flat tables, through the compiled kernel."""

import ctypes
from ctypes import addressof, c_char

import numpy as np

from inference.runtimes.contract import Matrix, Scores
from inference.runtimes.kernel.binding import CForest, Kernel
from inference.runtimes.kernel.layout import lay_out
from modelhub.artifacts.safeform.tables import ForestTables

_FLOAT64 = np.dtype(np.float64)
# Nodes that a thread may pass while it keeps the others waiting: some 0.1 ms.
_VISITS_HOLDING = 200_000
# Up to here copying rows is cheaper than asking numpy for their address, which takes microseconds.
_BYTES_COPIED = 65_536


class KernelForest:
    """Scores of an isolation forest and its scaler, equal to scikit-learn's to the last bit.

    The tables must have passed ``structure.check_tables``: the kernel follows them without looking.
    One instance serves all threads of a process.
    """

    def __init__(self, tables: ForestTables, kernel: Kernel) -> None:
        self.n_features = tables.n_features
        self.center: Matrix | None = tables.scaler_mean
        self.spread: Matrix | None = tables.scaler_scale
        laid = lay_out(tables)
        leaf_value, normalizer = laid.leaf_value, tables.normalizer
        if normalizer == 0:  # grown on single rows: scikit-learn answers 2 ** -1
            leaf_value, normalizer = np.ones_like(leaf_value), float(len(laid.roots))
        # The C side holds addresses only, so these arrays must live as long as it does.
        self._arrays = (
            *(laid.nodes, leaf_value, laid.roots, laid.depths),
            *(_contiguous(tables.scaler_mean), _contiguous(tables.scaler_scale)),
        )
        self._forest = CForest(
            *(None if array is None else array.ctypes.data for array in self._arrays),
            divisor=-normalizer,
            n_trees=len(laid.roots),
            n_columns=tables.n_features,
        )
        self._address = ctypes.addressof(self._forest)
        self._most_held = max(1, _VISITS_HOLDING // max(1, int(laid.depths.sum())))
        self._one, self._few, self._many = kernel.one, kernel.few, kernel.many

    def score(self, features: Matrix) -> Scores:
        """Scores, float64 (n,), higher = more anomalous, of unscaled finite rows, float64 (n, n_features).

        Raises ValueError for another shape or dtype: the kernel would read past the end.
        """
        count, width = features.shape
        if width != self.n_features or features.dtype != _FLOAT64:
            raise ValueError(
                f"expected float64 (n, {self.n_features}), got {features.dtype} {features.shape}"
            )
        if count == 1:
            exponent = self._one(self._address, features.tobytes())
            if exponent != exponent:
                raise MemoryError
            exponents = np.array([exponent])
        else:
            exponents = self._exponents(features, count)
        scores: Scores = np.power(2.0, exponents)
        return scores

    def _exponents(self, features: Matrix, count: int) -> Scores:
        if not count:
            return np.empty(0)
        memory = bytearray(count * _FLOAT64.itemsize)
        exponents = addressof(c_char.from_buffer(memory))
        run = self._few if count <= self._most_held else self._many
        if features.nbytes <= _BYTES_COPIED:
            failed = run(self._address, features.tobytes(), count, exponents)
        else:
            rows = np.ascontiguousarray(features)
            failed = run(self._address, rows.ctypes.data, count, exponents)
        if failed:
            raise MemoryError
        return np.frombuffer(memory)


def _contiguous(column: Matrix | None) -> Matrix | None:
    return None if column is None else np.ascontiguousarray(column, np.float64)
