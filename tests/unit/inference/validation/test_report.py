"""Score, comparison, compatibility: the arithmetic around the checks."""

import json

import pytest

from inference.validation import comparison, compatibility, verdict
from inference.validation.findings import Severity
from inference.validation.plain import plain
from inference.validation.report import Report, checks_json, read_checks
from modelhub.errors import Code, PackageRefused
from tests.unit.inference.validation.subjects import good


def test_half_divides_valid_from_invalid() -> None:
    warned = verdict.examine(good(age_days=900.0, metadata={}, metrics={"recall": 7.0}))
    failed = verdict.examine(good(problem="Cut off."))
    assert warned.is_valid
    assert 0.5 <= warned.score < 1.0
    assert not failed.is_valid
    assert failed.score < 0.5


def test_errors_stand_before_warnings_and_each_recommendation_once() -> None:
    report = verdict.examine(good(age_days=900.0, problem="Cut off."))
    severities = [finding.severity for finding in report.findings]
    assert severities == sorted(severities, key=list(Severity).index)
    assert len(report.recommendations) == len(set(report.recommendations))


def test_a_report_survives_its_way_through_json() -> None:
    report = verdict.examine(good(metadata={}, age_days=900.0))
    stored = json.loads(json.dumps(checks_json(report.checks), allow_nan=False))
    assert Report(read_checks(stored), report.rules, report.quality_metrics) == report


def test_a_refused_package_is_an_invalid_report_with_its_code() -> None:
    report = verdict.refused(PackageRefused(Code.HASH_MISMATCH, "Another file."))
    assert (report.is_valid, report.score, report.findings[0].code) == (False, 0.0, "hash_mismatch")


def test_equal_reports_compare_equal() -> None:
    report = verdict.examine(good())
    assert comparison.compare(report, report).is_equal


def test_what_got_worse_and_what_got_better_is_named() -> None:
    before = verdict.examine(good(age_days=900.0))
    after = verdict.examine(good(problem="Cut off."))
    found = comparison.compare(before, after)
    assert [change.title for change in found.better] == ["Age"]
    assert [change.new for change in found.worse] == [("safe_form_unusable",)]
    assert found.score_change < 0
    assert found.same_rules


def test_offering_one_of_three_needed_features_is_not_compatible() -> None:
    found = compatibility.compare(["a", "b", "c"], ["a"])
    assert (found.is_compatible, found.missing) == (False, ("b", "c"))
    assert found.mismatch == pytest.approx(2 / 3, abs=1e-4)


def test_offering_more_is_compatible_and_said() -> None:
    found = compatibility.compare(["a", "b"], ["a", "x", "b", "x"])
    assert (found.is_compatible, found.extra, found.duplicates, found.order_matches) == (
        True,
        ("x",),
        ("x",),
        True,
    )


def test_another_order_is_said() -> None:
    found = compatibility.compare(["a", "b"], ["b", "a"])
    assert (found.is_compatible, found.order_matches, found.mismatch) == (True, False, 0.0)


def test_nothing_offered_differs_wholly() -> None:
    assert compatibility.compare(["a"], []).mismatch == 1.0


def test_figures_never_carry_what_json_or_postgresql_refuse() -> None:
    assert plain({"n": float("inf"), "t": "a\x00\ud800"}) == {"n": None, "t": "a�?"}
