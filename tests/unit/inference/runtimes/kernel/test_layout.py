"""The nodes that the kernel walks: siblings side by side, leaves that hold on to a walk, keys in order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.runtimes.kernel.layout import keys_of, lay_out
from tests.unit.inference.runtimes.kernel.growing import grow

_FLOATS = st.floats(width=32, allow_nan=False)


@given(_FLOATS, _FLOATS)
def test_keys_order_like_their_numbers(one: float, other: float) -> None:
    first, second = keys_of(np.array([one, other], np.float32))
    assert (first > second) == (np.float32(one) > np.float32(other))


def test_no_number_has_a_key_above_a_leafs_threshold() -> None:
    assert int(keys_of(np.array([np.inf], np.float32))[0]) < 0xFFFFFFFF


def test_a_walk_cannot_leave_its_tree() -> None:
    laid = lay_out(grow(1, trees=12, width=4, depth=9))
    ends = np.append(laid.roots[1:], len(laid.nodes))
    for start, end in zip(laid.roots, ends, strict=True):
        left = laid.nodes[start:end, 2]
        is_leaf = left == np.arange(start, end)
        assert ((left >= start) & (left + ~is_leaf < end)).all()


def test_depths_are_those_of_the_longest_walks() -> None:
    laid = lay_out(grow(2, trees=5, width=4, depth=6, is_chain=True))
    assert laid.depths.tolist() == [6] * 5
    assert lay_out(grow(2, trees=2, width=4, depth=0)).depths.tolist() == [0, 0]


def test_every_leaf_keeps_its_value() -> None:
    tables = grow(3, trees=7, width=4, depth=6)
    assert sorted(lay_out(tables).leaf_value) == sorted(tables.leaf_value)
