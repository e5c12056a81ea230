"""The ONNX graph of an isolation forest: the scaler and one TreeEnsemble node, all in double.

The graph answers the sum of leaf values, not the score: with one thread ONNX Runtime adds leaves in
tree order, as scikit-learn does, so the sums are equal to the last bit; the power that follows is taken by
numpy, as scikit-learn takes it, because two implementations of ``pow`` may differ in that bit. The
row passes through float32 because scikit-learn's trees compare ``float32(x) <= threshold`` with the
threshold in double.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from modelhub.artifacts.safeform.tables import ForestTables

INPUT = "features"
OUTPUT = "leaf_sums"
_OPSET, _ML_OPSET, _IR = 20, 5, 10
_SUM, _NO_TRANSFORM, _LESS_OR_EQUAL = 1, 0, 0


def forest_graph(tables: ForestTables) -> ModelProto:
    """The graph: float64 (n, n_features) named ``features`` to float64 (n, 1) named ``leaf_sums``."""
    graph = helper.make_graph(
        [*_scaling(tables), _ensemble(tables, "row")],
        "isolation_forest",
        [helper.make_tensor_value_info(INPUT, TensorProto.DOUBLE, [None, tables.n_features])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.DOUBLE, [None, 1])],
        initializer=_scaler_constants(tables),
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _ML_OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=_IR)


def _scaler_constants(tables: ForestTables) -> list[TensorProto]:
    if tables.scaler_mean is None or tables.scaler_scale is None:
        return []
    return [
        numpy_helper.from_array(np.asarray(tables.scaler_mean, np.float64), "mean"),
        numpy_helper.from_array(np.asarray(tables.scaler_scale, np.float64), "scale"),
    ]


def _scaling(tables: ForestTables) -> Iterator[NodeProto]:
    scaled = INPUT
    if tables.scaler_mean is not None and tables.scaler_scale is not None:
        yield helper.make_node("Sub", [INPUT, "mean"], ["centred"])
        yield helper.make_node("Div", ["centred", "scale"], ["scaled"])
        scaled = "scaled"
    yield helper.make_node("Cast", [scaled], ["row32"], to=TensorProto.FLOAT)
    yield helper.make_node("Cast", ["row32"], ["row"], to=TensorProto.DOUBLE)


@dataclass(frozen=True, slots=True)
class _Splits:
    """Inner nodes and leaves numbered apart, as the operator wants them."""

    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float64]
    true_id: npt.NDArray[np.int64]
    false_id: npt.NDArray[np.int64]
    true_leaf: npt.NDArray[np.int64]
    false_leaf: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    roots: npt.NDArray[np.int64]


def _ensemble(tables: ForestTables, row: str) -> NodeProto:
    splits = _split(tables)
    return helper.make_node(
        "TreeEnsemble",
        [row],
        [OUTPUT],
        domain="ai.onnx.ml",
        aggregate_function=_SUM,
        post_transform=_NO_TRANSFORM,
        n_targets=1,
        nodes_featureids=splits.feature.tolist(),
        nodes_splits=numpy_helper.from_array(splits.threshold, "splits"),
        nodes_modes=numpy_helper.from_array(np.full(len(splits.feature), _LESS_OR_EQUAL, np.uint8), "modes"),
        nodes_truenodeids=splits.true_id.tolist(),
        nodes_falsenodeids=splits.false_id.tolist(),
        nodes_trueleafs=splits.true_leaf.tolist(),
        nodes_falseleafs=splits.false_leaf.tolist(),
        leaf_targetids=[0] * len(splits.weights),
        leaf_weights=numpy_helper.from_array(splits.weights, "weights"),
        tree_roots=splits.roots.tolist(),
    )


def _split(tables: ForestTables) -> _Splits:
    tables = _grow_single_leaves(tables)
    is_leaf = tables.left == -1
    position = np.where(is_leaf, np.cumsum(is_leaf), np.cumsum(~is_leaf)).astype(np.int64) - 1
    inner = ~is_leaf
    left, right = tables.left[inner], tables.right[inner]
    return _Splits(
        feature=tables.feature[inner].astype(np.int64),
        threshold=tables.threshold[inner].astype(np.float64),
        true_id=position[left],
        false_id=position[right],
        true_leaf=is_leaf[left].astype(np.int64),
        false_leaf=is_leaf[right].astype(np.int64),
        weights=tables.leaf_value[is_leaf].astype(np.float64),
        roots=position[tables.roots],
    )


def _grow_single_leaves(tables: ForestTables) -> ForestTables:
    """Gives each tree that is one leaf a split with that leaf on both sides.

    The operator cannot hold a tree without a split; adding such leaves as one constant instead would
    change the order of the sum.
    """
    lone = tables.roots[tables.left[tables.roots] == -1]
    if not len(lone):
        return tables
    count, start = len(lone), len(tables.left)
    twins = np.arange(start, start + 2 * count, dtype=np.int32).reshape(count, 2)
    left, right = tables.left.copy(), tables.right.copy()
    feature, threshold = tables.feature.copy(), tables.threshold.copy()
    left[lone], right[lone] = twins[:, 0], twins[:, 1]
    feature[lone], threshold[lone] = 0, 0.0
    no_child = np.full(2 * count, -1, np.int32)
    return ForestTables(
        feature=np.concatenate([feature, no_child]),
        threshold=np.concatenate([threshold, np.zeros(2 * count)]),
        left=np.concatenate([left, no_child]),
        right=np.concatenate([right, no_child]),
        leaf_value=np.concatenate([tables.leaf_value, np.repeat(tables.leaf_value[lone], 2)]),
        roots=tables.roots,
        normalizer=tables.normalizer,
        offset=tables.offset,
        n_features=tables.n_features,
        scaler_mean=tables.scaler_mean,
        scaler_scale=tables.scaler_scale,
    )
