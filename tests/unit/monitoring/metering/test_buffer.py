"""Requests that wait: all of them, and in a rush not all of their rows."""

import numpy as np

from monitoring.metering import buffer as buffers
from monitoring.metering.buffer import Buffer
from monitoring.metering.contract import Observation


def observation(rows: int, *, version: int = 1) -> Observation:
    scores = np.linspace(0.4, 0.6, rows)
    return Observation(version, 0.002, scores, np.column_stack([scores, scores + 1]), 0)


def test_few_rows_wait_with_all_their_features() -> None:
    buffer = Buffer()
    for _ in range(10):
        buffer.put(5, observation(buffers.WHOLE_ROWS // 10))
    assert all(rows.features is one.features for _, one, rows in buffer.take())
    assert buffer.take() == []


def test_in_a_rush_every_score_and_a_share_of_the_features_wait() -> None:
    buffer = Buffer()
    buffer.put(5, observation(buffers.WHOLE_ROWS))
    for _ in range(200):
        buffer.put(5, observation(100))
    _, *rushed = buffer.take()
    assert sum(len(one.scores) for _, one, _ in rushed) == 20_000
    assert all(one.features is None for _, one, _ in rushed)
    kept = sum(len(rows.scores) for _, _, rows in rushed)
    assert abs(kept - 20_000 / buffers.ONE_IN) < 50  # each of 200 keeps 3 or 4


def test_a_rush_on_one_version_is_none_on_another() -> None:
    buffer = Buffer()
    buffer.put(5, observation(buffers.WHOLE_ROWS))
    buffer.put(5, observation(100, version=2))
    _, (_, one, rows) = buffer.take()
    assert rows.features is one.features


def test_the_rush_is_over_when_all_were_taken() -> None:
    buffer = Buffer()
    buffer.put(5, observation(buffers.WHOLE_ROWS))
    buffer.take()
    buffer.put(5, observation(1))
    ((_, one, rows),) = buffer.take()
    assert rows.features is one.features


def test_it_is_time_to_take_many_requests_and_many_rows() -> None:
    buffer = Buffer()
    answers = [buffer.put(5, observation(1)) for _ in range(buffers.MOST)]
    assert answers == [False] * (buffers.MOST - 1) + [True]
    assert Buffer().put(5, observation(buffers.MOST_ROWS))


def test_what_waits_has_its_version_and_minute() -> None:
    buffer = Buffer()
    buffer.put(5, observation(1))
    buffer.put(6, observation(1, version=2))
    assert buffer.keys() == {(1, 5), (2, 6)}
