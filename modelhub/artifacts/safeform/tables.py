"""The compiled form of an isolation forest: flat tables, and their .npz file."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ForestTables:
    """All trees of a forest in one node list, with the scaler in front of it.

    A node i is a leaf where ``left[i] == -1``; otherwise rows with
    ``float32(scaled x[feature[i]]) <= threshold[i]`` go left. ``leaf_value`` holds, for leaves, depth plus
    the average path length of the leaf's samples (scikit-learn: decision path length +
    average path length - 1), 0 elsewhere. The score of a row is
    ``2 ** (-(sum of its leaf values over trees, in tree order) / normalizer)``.

    Shapes: ``feature``, ``left``, ``right`` int32 and ``threshold``, ``leaf_value`` float64, all
    (n_nodes,); children are global node numbers; ``roots`` int32 (n_trees,). ``scaler_mean`` and
    ``scaler_scale`` float64 (n_features,), or both None where the package has no scaler; scaled =
    (x - mean) / scale in float64.
    """

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    leaf_value: FloatArray
    roots: IntArray
    normalizer: float
    offset: float
    n_features: int
    scaler_mean: FloatArray | None
    scaler_scale: FloatArray | None


_ARRAYS = ("feature", "threshold", "left", "right", "leaf_value", "roots")


def dump(tables: ForestTables) -> bytes:
    """The tables as an uncompressed .npz file."""
    arrays = {name: getattr(tables, name) for name in _ARRAYS}
    arrays["numbers"] = np.array([tables.normalizer, tables.offset, float(tables.n_features)])
    if tables.scaler_mean is not None and tables.scaler_scale is not None:
        arrays |= {"scaler_mean": tables.scaler_mean, "scaler_scale": tables.scaler_scale}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def parse(data: bytes) -> ForestTables:
    """The tables of an .npz file; raises ValueError, KeyError or zipfile.BadZipFile on a malformed one.

    Only the container is read here: structural truth is the business of ``structure.check_tables``.
    """
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        normalizer, offset, n_features = (float(value) for value in archive["numbers"])
        return ForestTables(
            **{name: archive[name] for name in _ARRAYS},
            normalizer=normalizer,
            offset=offset,
            n_features=int(n_features),
            scaler_mean=archive.get("scaler_mean"),
            scaler_scale=archive.get("scaler_scale"),
        )
