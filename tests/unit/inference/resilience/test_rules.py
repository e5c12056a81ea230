"""The rules: levels and words, whole words only, scores within their range, severities to match."""

import doctest

import numpy as np
import pytest

from inference.pipeline import score_records
from inference.records import LogRecord
from inference.resilience import rules


def verdict(message: str, level: str | None = None) -> bool:
    batch = score_records(rules.scoring_model(1), [LogRecord(message=message, level=level)])
    return bool(batch.verdicts[0])


def test_the_examples_hold() -> None:
    assert doctest.testmod(rules).failed == 0


@pytest.mark.parametrize("level", ["ERROR", "critical", " Fatal ", "EMERG"])
def test_a_grave_level_is_enough(level: str) -> None:
    assert verdict("all is well", level)


@pytest.mark.parametrize(
    "message",
    [
        "Failed password for root",
        "kernel panic - not syncing",
        "Out of memory: kill process",
        "I/O error, dev sda",
    ],
)
def test_a_grave_word_is_enough(message: str) -> None:
    assert verdict(message, "INFO")


@pytest.mark.parametrize("message", ["session opened", "errorless run", "unfailed", "terror in the title"])
def test_ordinary_lines_and_parts_of_words_are_not(message: str) -> None:
    assert not verdict(message, "INFO")


def test_a_warning_with_a_word_of_failure_scores_higher_than_either() -> None:
    both, level, word = score_records(
        rules.scoring_model(1),
        [
            LogRecord(message="it failed", level="WARNING"),
            LogRecord(message="hm", level="WARNING"),
            LogRecord(message="it failed"),
        ],
    ).scores
    assert both > max(level, word)


def test_scores_stay_within_0_and_1_and_severity_is_100_times_the_score() -> None:
    model = rules.scoring_model(1)
    records = [LogRecord(message=word, level=level) for word in rules.WORDS for level in rules.LEVELS]
    batch = score_records(model, records)
    assert batch.scores.min() > 0
    assert batch.scores.max() <= 1
    assert np.allclose(batch.severities, 100 * batch.scores)


def test_every_weight_of_the_tables_is_found() -> None:
    assert {word: rules.words_weight(f"x {word.upper()} y") for word in rules.WORDS} == rules.WORDS


def test_predictions_agree_with_verdicts() -> None:
    batch = score_records(rules.scoring_model(1), [LogRecord(message="panic"), LogRecord(message="ok")])
    assert batch.predictions.tolist() == [-1, 1]
    assert batch.verdicts.tolist() == [True, False]
