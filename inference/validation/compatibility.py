"""Whether what a caller can offer is what a version needs."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Needed against offered columns.

    ``is_compatible`` where every needed one is offered; ``missing`` in the version's order, ``extra`` in
    the caller's. ``order_matches`` where the columns that both name stand in the same order.
    ``mismatch`` is the share of differing names among all names of both sides (Jaccard distance): 0 where
    both name the same columns, 1 where they share none. ``duplicates`` were offered more than once and
    count once.
    """

    is_compatible: bool
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    duplicates: tuple[str, ...]
    order_matches: bool
    mismatch: float


def compare(needed: Sequence[str], offered: Sequence[str]) -> Compatibility:
    """What the caller offers against what the version needs.

    >>> compare(["a", "b", "c"], ["a"]).is_compatible
    False
    """
    wanted, given = list(dict.fromkeys(needed)), list(dict.fromkeys(offered))
    have, want = set(given), set(wanted)
    every = len(have | want)
    return Compatibility(
        is_compatible=want <= have,
        missing=tuple(name for name in wanted if name not in have),
        extra=tuple(name for name in given if name not in want),
        duplicates=tuple(name for name in given if list(offered).count(name) > 1)
        if len(given) < len(offered)
        else (),
        order_matches=[name for name in wanted if name in have] == [name for name in given if name in want],
        mismatch=round(1.0 - len(have & want) / every, 4) if every else 0.0,
    )
