"""The engines under test: each a function from raw rows to scores, and the time it took to make."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler

from inference.runtimes.forest import ONNX, open_forest
from modelhub.artifacts.safeform import archive, packing
from modelhub.artifacts.safeform.flatten import forest_tables
from modelhub.artifacts.safeform.tables import ForestTables

Matrix = npt.NDArray[np.float64]
Scorer = Callable[[Matrix], npt.NDArray[np.float64]]


def ours(scaler: StandardScaler, forest: IsolationForest) -> Scorer:
    """The runtime that serves here, built from the tables the import writes."""
    return open_forest(_tables(scaler, forest)).score


def ours_in_onnx(scaler: StandardScaler, forest: IsolationForest) -> Scorer:
    """The runtime that serves where no compiler is: one node in double, one thread."""
    return open_forest(_tables(scaler, forest), ONNX).score


def in_numba(scaler: StandardScaler, forest: IsolationForest) -> Scorer:
    """The kernel's nodes walked by code that numba compiles for this processor.

    Raises:
        ImportError: numba is not installed.
    """
    from bench.engine.numba_blocks import scorer

    return scorer(_tables(scaler, forest))


def scikit_learn(scaler: StandardScaler, forest: IsolationForest) -> Scorer:
    """The library itself."""
    return lambda rows: -forest.score_samples(scaler.transform(rows))


def skl2onnx(scaler: StandardScaler, forest: IsolationForest) -> Scorer:
    """What a stock conversion gives: float32 graph, one ensemble per tree, one thread.

    Raises:
        ImportError: skl2onnx is not installed.
    """
    import onnxruntime
    from skl2onnx import to_onnx
    from sklearn.pipeline import make_pipeline

    graph = to_onnx(
        make_pipeline(scaler, forest),
        np.zeros((1, scaler.n_features_in_), np.float32),
        target_opset={"": 18, "ai.onnx.ml": 3},
        options={id(forest): {"score_samples": True}},
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name

    def score(rows: Matrix) -> npt.NDArray[np.float64]:
        answer = session.run(["score_samples"], {name: rows.astype(np.float32)})[0]
        return np.asarray(-answer.reshape(-1), np.float64)

    return score


ENGINES: dict[str, Callable[[StandardScaler, IsolationForest], Scorer]] = {
    "modelhub": ours,
    "modelhub-onnx": ours_in_onnx,
    "scikit-learn": scikit_learn,
    "numba": in_numba,
    "skl2onnx": skl2onnx,
}


def _tables(scaler: StandardScaler, forest: IsolationForest) -> ForestTables:
    content = archive.read(packing.pack(forest, scaler))
    return forest_tables(content["model"], content["scaler"])
