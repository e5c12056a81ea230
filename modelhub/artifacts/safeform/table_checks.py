"""The flat form of a forest is whole."""

import numpy as np

from modelhub.artifacts.safeform.faults import array, natural, number, require
from modelhub.artifacts.safeform.forest_checks import check_nodes
from modelhub.artifacts.safeform.paths import LEAF
from modelhub.artifacts.safeform.tables import ForestTables


def check(tables: ForestTables) -> None:
    """Raises StructureFault unless every array has its shape, dtype and meaning."""
    count = len(tables.left)
    n_features = natural(tables.n_features, least=1)
    for nodes in (tables.left, tables.right, tables.feature):
        require(nodes.dtype == np.int32 and nodes.shape == (count,))
    for values in (tables.threshold, tables.leaf_value):
        require(array(values, (count,)).dtype == np.float64)
    roots = array(tables.roots, (None,), kinds="i")
    require(len(roots) > 0 and roots.dtype == np.int32)
    require(roots[0] == 0 and (np.diff(roots) > 0).all() and roots[-1] < count)
    check_nodes(
        tables.left, tables.right, tables.feature, tables.threshold, roots=roots, n_features=n_features
    )
    _check_within_trees(tables)
    require((tables.leaf_value >= 0).all() and (tables.leaf_value[tables.left != LEAF] == 0).all())
    require(number(tables.normalizer) > 0)
    number(tables.offset)
    _check_scaler(tables, n_features)


def _check_within_trees(tables: ForestTables) -> None:
    """No child belongs to another tree than its parent."""
    tree = np.zeros(len(tables.left), dtype=np.int64)
    tree[tables.roots] = 1
    tree = np.cumsum(tree)
    inner = tables.left != LEAF
    require((tree[tables.left[inner]] == tree[inner]).all())
    require((tree[tables.right[inner]] == tree[inner]).all())


def _check_scaler(tables: ForestTables, n_features: int) -> None:
    require((tables.scaler_mean is None) == (tables.scaler_scale is None))
    if tables.scaler_mean is None or tables.scaler_scale is None:
        return
    require(array(tables.scaler_mean, (n_features,)).dtype == np.float64)
    require((array(tables.scaler_scale, (n_features,)) > 0).all())
