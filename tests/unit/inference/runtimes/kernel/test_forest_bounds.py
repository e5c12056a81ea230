"""The scoring of forests touches no byte that is not its own."""

import numpy as np
import pytest

from inference.runtimes.kernel.layout import Nodes, lay_out
from modelhub.artifacts.safeform import reference
from modelhub.artifacts.safeform.tables import ForestTables
from tests.unit.inference.runtimes.kernel.growing import grow, rows_for
from tests.unit.inference.runtimes.kernel.sanitized import Driver, driver


@pytest.fixture(scope="module")
def forests(tmp_path_factory: pytest.TempPathFactory) -> Driver:
    """The driver with the scoring of forests inside."""
    smallest = grow(0, trees=1, width=1, depth=1)
    return driver(tmp_path_factory.mktemp("sanitized"), "forest", trial=_message(smallest, 1))


@pytest.mark.parametrize("count", [0, 1, 7, 8, 15, 16, 17, 300])
@pytest.mark.parametrize(
    ("trees", "width", "depth", "is_chain"),
    [(1, 1, 0, False), (17, 3, 9, False), (16, 1, 40, True), (33, 1_025, 6, False)],
)
def test_no_byte_is_touched_that_is_not_the_kernels(
    forests: Driver, trees: int, width: int, depth: int, is_chain: bool, count: int
) -> None:
    tables = grow(count + trees, trees=trees, width=width, depth=depth, is_chain=is_chain)
    done = forests.run(_message(tables, count))
    assert done.returncode == 0, done.stderr.decode()
    exponents = np.array([float.fromhex(line) for line in done.stdout.decode().split()])
    with np.errstate(over="ignore"):
        expected = reference.score(tables, rows_for(tables, 1, count))
    assert np.array_equal(np.power(2.0, exponents), expected)


def test_the_sanitizers_would_tell_of_a_child_that_does_not_exist(forests: Driver) -> None:
    laid = lay_out(grow(1, trees=2, width=2, depth=3))
    laid.nodes[laid.roots[0], 2] = len(laid.nodes) + 50
    done = forests.run(_message(grow(1, trees=2, width=2, depth=3), 20, laid))
    assert done.returncode != 0
    assert b"AddressSanitizer" in done.stderr


def _message(tables: ForestTables, count: int, laid: Nodes | None = None) -> bytes:
    laid, rows = laid or lay_out(tables), rows_for(tables, 1, count)
    is_scaled = tables.scaler_mean is not None
    sizes = (len(laid.nodes), len(laid.roots), tables.n_features, len(rows), int(is_scaled))
    parts = [
        np.array(sizes, np.uint64),
        np.array([-tables.normalizer]),
        *(laid.nodes, laid.leaf_value, laid.roots, laid.depths),
        *((tables.scaler_mean, tables.scaler_scale) if is_scaled else ()),
        rows,
    ]
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts if part is not None)
