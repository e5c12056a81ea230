"""The comparison marks what matters between two versions."""

from django.utils import timezone

from modelhub.registry.admin.comparison import compare
from modelhub.registry.models import ModelVersion


def version(label: str, **fields: object) -> ModelVersion:
    usual: dict[str, object] = {
        "estimator": "IsolationForest",
        "threshold": 0.5,
        "threshold_source": "metadata",
        "feature_names": ["a", "b"],
        "n_features": 2,
        "imported_at": timezone.now(),
    }
    return ModelVersion(label=label, **(usual | fields))


def marked(current: ModelVersion | None, candidate: ModelVersion) -> set[str]:
    return {row.label for row in compare(current, candidate).rows if row.differs}


def test_names_and_dates_that_always_differ_are_not_marked() -> None:
    assert marked(version("1"), version("2")) == set()


def test_a_changed_threshold_is_marked() -> None:
    assert marked(version("1"), version("2", threshold=0.6)) == {"Threshold"}


def test_metrics_are_compared_by_name_and_null_is_a_dash() -> None:
    rows = compare(version("1", metrics={"f1": None, "old": 1}), version("2", metrics={"f1": 0.5})).rows
    found = {row.label: (row.current, row.candidate) for row in rows}
    assert found["f1 (declared)"] == ("–", "0.5")
    assert found["old (declared)"] == ("1", "–")


def test_features_of_one_side_only_are_named() -> None:
    comparison = compare(version("1"), version("2", feature_names=["b", "c"]))
    assert (comparison.added, comparison.missing) == (("c",), ("a",))


def test_without_a_current_version_every_current_cell_is_a_dash() -> None:
    comparison = compare(None, version("2"))
    assert {row.current for row in comparison.rows} == {"–"}
    assert (comparison.added, comparison.missing) == ((), ())
