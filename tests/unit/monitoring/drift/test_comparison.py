"""The verdict over a family of tests, and where there is nothing to say."""

import math
from dataclasses import asdict

import numpy as np
import pytest

from monitoring import drift_report
from monitoring.drift.comparison import Sample, compare
from monitoring.drift.profile import Profile
from monitoring.drift.result import DriftResult, Method, Thresholds, Verdict
from tests.unit.monitoring.drift.windows import Matrix, columns, compared, counted, learned, scores

RANDOM = np.random.default_rng
ANY_SIZE = Thresholds(min_reference=0, min_current=0)


def _of(before: list[float], after: list[float], *, thresholds: Thresholds | None = None) -> DriftResult:
    """One column, without scores and anomalies."""
    profile = Profile.learn(np.array(before, float).reshape(-1, 1), ["x"])
    now = profile.empty().add(np.array(after, float).reshape(-1, 1))
    reference = Sample(profile, None, 0, len(before))
    return compare(reference, Sample(now, None, 0, len(after)), thresholds=thresholds)


@pytest.mark.parametrize("rows", [0, 1, 999])
def test_a_short_current_window_is_insufficient_and_says_what_is_missing(rows: int) -> None:
    result = compared(RANDOM(1), after=rows)
    assert result.verdict == Verdict.INSUFFICIENT_DATA
    assert f"{rows:,} records; 1,000 are needed" in result.why


@pytest.mark.parametrize("rows", [1, 99])
def test_a_short_reference_is_insufficient(rows: int) -> None:
    assert compared(RANDOM(2), before=rows).verdict == Verdict.INSUFFICIENT_DATA


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_the_tests_themselves_bear_hardly_any_rows(rows: int) -> None:
    assert _of([1.0] * rows, [2.0] * rows, thresholds=ANY_SIZE).verdict != Verdict.DRIFT


def test_windows_in_which_nothing_varies_are_insufficient() -> None:
    result = _of([3.0] * 2_000, [3.0] * 2_000)
    assert result.verdict == Verdict.INSUFFICIENT_DATA
    assert "same" in result.why


def test_a_constant_column_beside_others_is_no_drift() -> None:
    random = RANDOM(3)
    rows, later = random.normal(size=(2, 2_000, 2))
    rows[:, 1] = later[:, 1] = 7.0
    reference = learned(rows, scores(random, 2_000))
    result = compare(reference, counted(reference, later, scores(random, 2_000)))
    assert result.features[1].verdict == Verdict.NO_DRIFT
    assert result.verdict == Verdict.NO_DRIFT


def test_a_constant_that_became_another_value_is_drift() -> None:
    result = _of([3.0] * 1_000, [4.0] * 1_000)
    assert result.verdict == Verdict.DRIFT
    assert result.score == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(("hits", "hits_now"), [(0, 1_000), (1_000, 0), (0, 40)])
def test_an_anomaly_rate_from_or_to_nothing_is_drift(hits: int, hits_now: int) -> None:
    result = compare(Sample(None, None, hits, 1_000), Sample(None, None, hits_now, 1_000))
    assert result.verdict == Verdict.DRIFT
    assert result.rate is not None
    assert result.rate.result.facts["change"] == (hits_now - hits) / 1_000


def test_no_anomalies_then_and_now_divide_by_nothing() -> None:
    result = compare(Sample(None, None, 0, 1_000), Sample(None, None, 0, 1_000))
    assert result.verdict == Verdict.INSUFFICIENT_DATA


def test_values_that_went_missing_are_drift() -> None:
    def lose(rows: Matrix) -> None:
        rows[:300, 0] = np.nan

    result = compared(RANDOM(4), plant=lose)
    assert [one.result.name for one in result.missing if one.verdict == Verdict.DRIFT] == ["c0"]
    assert drift_report.features(result)[0]["name"] == "c0"


def test_calendar_columns_are_reported_but_not_judged() -> None:
    def later(rows: Matrix) -> None:
        rows[:, 0] += 5

    result = compared(RANDOM(5), plant=later, calendar=["c0"])
    assert result.verdict == Verdict.NO_DRIFT
    assert result.features[0].result.statistic is not None
    assert result.features[0].judged is False


def test_columns_of_one_window_only_are_named() -> None:
    random = RANDOM(6)
    before = Profile.learn(random.normal(size=(1_000, 2)), ["a", "b"])
    after = Profile.learn(random.normal(size=(1_000, 2)), ["b", "c"])
    after.bins, after.counts = (before.bins[1], after.bins[1]), [before.counts[1], after.counts[1]]
    result = compare(Sample(before, None, 5, 1_000), Sample(after, None, 5, 1_000))
    assert (result.unseen_columns, result.absent_columns) == (("c",), ("a",))


def test_a_column_that_is_missing_throughout_has_no_p_value() -> None:
    result = _of([math.nan] * 1_000, [math.nan] * 1_000)
    assert result.features[0].result.test == Method.NONE
    assert result.verdict == Verdict.INSUFFICIENT_DATA


def test_the_order_of_rows_changes_nothing() -> None:
    random = RANDOM(7)
    reference = learned(columns(random, 1_000), scores(random, 1_000))
    rows, values = columns(random, 1_000), scores(random, 1_000)
    results = [compare(reference, counted(reference, rows[::step], values[::step])) for step in (1, -1)]
    assert asdict(results[0]) == asdict(results[1])


def test_what_is_reported_is_plain_json_without_nan() -> None:
    def plant(rows: Matrix) -> None:
        rows[:, :3] += 4
        rows[:, 3] = np.nan

    result = compared(RANDOM(8), plant=plant)
    parts = (
        drift_report.features(result),
        drift_report.indicators(result, None),
        drift_report.detail(result),
    )
    assert _is_plain(parts)
    assert result.verdict == Verdict.DRIFT


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(type(name) is str and _is_plain(item) for name, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return type(value) in (str, int, bool, type(None)) or (type(value) is float and math.isfinite(value))
