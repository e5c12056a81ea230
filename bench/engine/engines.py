"""The engines under test: each a function from raw rows to scores, and the time it took to make."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler

Matrix = npt.NDArray[np.float64]
Scorer = Callable[[Matrix], npt.NDArray[np.float64]]


def ours(scaler: StandardScaler, forest: IsolationForest) -> Scorer:
    """The runtime that serves, built from the tables the import writes."""
    from inference.runtimes.forest import ForestRuntime
    from modelhub.artifacts.safeform import archive, packing
    from modelhub.artifacts.safeform.flatten import forest_tables

    content = archive.read(packing.pack(forest, scaler))
    return ForestRuntime(forest_tables(content["model"], content["scaler"])).score


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
    "scikit-learn": scikit_learn,
    "skl2onnx": skl2onnx,
}
