"""A bounded random share of many rows, each with its score: distributions cost the same at any load."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitoring.metering.contract import Array, Observation


@dataclass(frozen=True, slots=True)
class Rows:
    """Feature rows, float64 (n, n_features), and their scores, float64 (n,), element i of row i.

    ``features`` is (n, 0) where only scores are known.
    """

    features: Array
    scores: Array


def sample(observations: Sequence[Observation], *, most: int, random: np.random.Generator) -> Rows | None:
    """At most ``most`` of the observed rows, every one as likely as any other; all where they are fewer.

    Where some observations have features, those without have no part in it. None where no row is left.
    """
    usable = [(one.features, one.scores) for one in observations if one.features is not None]
    usable = usable or [(np.empty((len(one.scores), 0)), one.scores) for one in observations]
    usable = [(features, scores) for features, scores in usable if len(scores)]
    if not usable:
        return None
    ends = np.cumsum([len(scores) for _, scores in usable])
    if ends[-1] <= most:
        return together([Rows(features, scores) for features, scores in usable])
    chosen = np.sort(random.choice(int(ends[-1]), size=most, replace=False))
    blocks = np.searchsorted(ends, chosen, side="right")
    places = chosen - np.concatenate(([0], ends[:-1]))[blocks]
    picked = [(usable[block], places[blocks == block]) for block in np.unique(blocks).tolist()]
    return together([Rows(features[rows], scores[rows]) for (features, scores), rows in picked])


def together(blocks: Sequence[Rows]) -> Rows:
    """The rows of all blocks that have the most columns, at least one block given."""
    width = max(block.features.shape[1] for block in blocks)
    fitting = [block for block in blocks if block.features.shape[1] == width]
    return Rows(
        np.concatenate([block.features for block in fitting]),
        np.concatenate([block.scores for block in fitting]),
    )
