"""A bounded random share of many rows, each with its score: distributions cost the same at any load."""

from collections.abc import Sequence

import msgspec
import numpy as np

from monitoring.metering.contract import EMPTY, Array, Observation


class Rows(msgspec.Struct, frozen=True, gc=False):
    """Feature rows, float64 (n, n_features), and their scores, float64 (n,), element i of row i.

    ``features`` is (n, 0) where only scores are known.
    """

    features: Array
    scores: Array


_NONE = Rows(np.empty((0, 0)), EMPTY)


def rows_of(observation: Observation) -> Rows:
    """All rows of one request."""
    scores, features = observation.scores, observation.features
    return Rows(np.empty((len(scores), 0)) if features is None else features, scores)


def share_of(observation: Observation, *, one_in: int, first: int) -> Rows:
    """Every row from ``first`` in steps of ``one_in``, copied so that others' features can be let go of.

    With ``first`` at random in 0 … ``one_in`` - 1 every row is as likely as any other.
    """
    if first >= len(observation.scores):
        return _NONE
    scores = observation.scores[first::one_in]
    features = observation.features
    return Rows(np.empty((len(scores), 0)) if features is None else features[first::one_in].copy(), scores)


def sample(blocks: Sequence[Rows], *, most: int, random: np.random.Generator) -> Rows | None:
    """At most ``most`` of the rows, every one as likely as any other; all where they are fewer.

    Where some blocks have features, those without have no part in it. None where no row is left.
    """
    usable = [block for block in blocks if len(block.scores)]
    usable = [block for block in usable if block.features.shape[1]] or usable
    if not usable:
        return None
    rows = together(usable)
    if len(rows.scores) <= most:
        return rows
    chosen = random.choice(len(rows.scores), size=most, replace=False)
    return Rows(rows.features[chosen], rows.scores[chosen])


def together(blocks: Sequence[Rows]) -> Rows:
    """The rows of all blocks that have the most columns, at least one block given."""
    width = max(block.features.shape[1] for block in blocks)
    fitting = [block for block in blocks if block.features.shape[1] == width]
    return Rows(
        np.concatenate([block.features for block in fitting]),
        np.concatenate([block.scores for block in fitting]),
    )
