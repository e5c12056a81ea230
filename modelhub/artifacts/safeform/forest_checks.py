"""An isolation forest is whole: every walk ends in a leaf of its own tree.

The rules for trees are those of scikit-learn's own hardening proposal (pull request 34558).
"""

from typing import Any

import numpy as np

from modelhub.artifacts.safeform.archive import PlainObject
from modelhub.artifacts.safeform.faults import StructureFault, array, natural, number, require
from modelhub.artifacts.safeform.paths import LEAF, average_path_length, depths

_FIELDS = {
    "left_child": "i",
    "right_child": "i",
    "feature": "i",
    "threshold": "f",
    "n_node_samples": "i",
}
_MAX_NODES = 20_000_000


def check(forest: PlainObject) -> None:
    """Raises StructureFault unless trees, feature subsets and cached path lengths agree."""
    n_features = natural(forest.get("n_features_in_"), least=1)
    width = natural(forest.get("_max_features"), least=1)
    require(width <= n_features)
    number(forest.get("offset_"))
    natural(forest.get("_max_samples"), least=2)
    trees, subsets = forest.get("estimators_"), forest.get("estimators_features_")
    require(isinstance(trees, list) and isinstance(subsets, list))
    require(0 < len(trees) == len(subsets))
    for tree, subset in zip(trees, subsets, strict=True):
        require(isinstance(tree, PlainObject) and tree.kind == "ExtraTreeRegressor")
        require(tree.get("n_features_in_") in (None, width) and tree.get("n_outputs_") == 1)
        columns = array(subset, (width,), kinds="iu")
        require(columns.min() >= 0 and columns.max() < n_features)
        state = tree.get("tree_")
        require(isinstance(state, PlainObject) and state.kind == "Tree")
        check_tree(state.get("arguments"), state.attributes, n_features=width)
    _check_caches(forest, trees)


def check_tree(arguments: Any, state: Any, *, n_features: int) -> None:
    """One tree: ``arguments`` are those of its constructor, ``state`` its node arrays.

    Raises StructureFault unless children stand after their parent inside the tree, each node but
    the root is the child of exactly one, features are in range and thresholds finite.
    """
    require(isinstance(arguments, tuple) and len(arguments) == 3 and arguments[2] == 1)
    require(arguments[0] == n_features)
    require(array(arguments[1], (1,), kinds="iu").tolist() == [1])
    nodes, count = state["nodes"], natural(state["node_count"], least=1)
    require(count <= _MAX_NODES and isinstance(nodes, np.ndarray) and nodes.shape == (count,))
    names = nodes.dtype.names or ()
    require(all(name in names and nodes[name].dtype.kind == kind for name, kind in _FIELDS.items()))
    array(state["values"], (count, 1, 1))
    check_nodes(
        nodes["left_child"], nodes["right_child"], nodes["feature"], nodes["threshold"],
        roots=np.zeros(1, dtype=np.int64), n_features=n_features,
    )  # fmt: skip
    require((nodes["n_node_samples"] >= 1).all())
    require(natural(state["max_depth"]) == depths(nodes["left_child"], nodes["right_child"]).max())


def check_nodes(left: Any, right: Any, feature: Any, threshold: Any, *, roots: Any, n_features: int) -> None:
    """Node arrays, shape (n_nodes,), with the trees that start at ``roots``.

    Raises StructureFault as :func:`check_tree`; together the claims exclude cycles and strays.
    """
    identities = np.arange(len(left))
    leaf = left == LEAF
    require(((right == LEAF) == leaf).all())
    inner = ~leaf
    for children in (left[inner], right[inner]):
        require((children > identities[inner]).all() and (children < len(left)).all())
    seen = np.bincount(np.concatenate([left[inner], right[inner], roots]), minlength=len(left))
    require((seen == 1).all())
    require((feature[inner] >= 0).all() and (feature[inner] < n_features).all())
    require(np.isfinite(threshold[inner]).all())


def _check_caches(forest: PlainObject, trees: list[PlainObject]) -> None:
    """scikit-learn scores from these copies, so they must equal what the nodes say."""
    paths, averages = forest.get("_decision_path_lengths"), forest.get("_average_path_length_per_tree")
    if not isinstance(paths, list | tuple) or not isinstance(averages, list | tuple):
        raise StructureFault
    require(len(paths) == len(averages) == len(trees))
    for tree, path, average in zip(trees, paths, averages, strict=True):
        nodes = tree.attributes["tree_"].attributes["nodes"]
        depth = depths(nodes["left_child"], nodes["right_child"])
        require(np.array_equal(array(path, (len(nodes),), kinds="fiu"), depth + 1))
        expected = average_path_length(nodes["n_node_samples"])
        require(np.allclose(array(average, (len(nodes),)), expected, rtol=1e-12, atol=0))
