"""The rule takes only what is old, surplus, never served and needed by nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from modelhub.actors import Actor
from modelhub.audit.models import AuditEntry
from modelhub.errors import InputInvalid
from modelhub.registry import lifecycle, retention
from modelhub.registry.models import ModelVersion
from modelhub.registry.retention import Holding, Rule
from tests.unit.modelhub.registry.conftest import MakeVersion

NOW = datetime(2026, 11, 22, tzinfo=UTC)

holdings = st.lists(
    st.builds(
        Holding,
        version_id=st.integers(1, 10_000),
        model_id=st.integers(1, 3),
        imported_at=st.integers(0, 400).map(lambda days: NOW - timedelta(days=days)),
        needed=st.sampled_from(["", "it is deployed"]),
    ),
    max_size=40,
    unique_by=lambda held: held.version_id,
)


@pytest.fixture(autouse=True)
def nobody_above(settings: Settings, no_serving: None) -> None:
    """The rooms above need no version."""
    settings.MODELHUB = settings.MODELHUB | {"VERSION_USES": []}


@given(holdings, st.integers(0, 10), st.integers(0, 400))
def test_what_may_go_is_unneeded_surplus_and_old(held: list[Holding], keep_last: int, keep_days: int) -> None:
    reasons = retention.select(held, Rule(keep_last, keep_days), now=NOW)
    assert reasons.keys() == {each.version_id for each in held}
    for each in held:
        if reasons[each.version_id]:
            continue
        assert not each.needed
        assert NOW - each.imported_at >= timedelta(days=keep_days)
        newer = [
            other
            for other in held
            if other.model_id == each.model_id
            and (other.imported_at, other.version_id) > (each.imported_at, each.version_id)
        ]
        assert len(newer) >= keep_last


@given(holdings)
def test_keeping_nothing_takes_all_that_nobody_needs(held: list[Holding]) -> None:
    reasons = retention.select(held, Rule(0, 0), now=NOW)
    assert {pk for pk, kept in reasons.items() if not kept} == {
        each.version_id for each in held if not each.needed
    }


@pytest.mark.parametrize("rule", [(-1, 0.0), (0, -1.0), (0, float("nan")), (0, float("inf"))])
def test_a_rule_that_nobody_can_mean_is_refused(rule: tuple[int, float]) -> None:
    with pytest.raises(InputInvalid):
        Rule(*rule)


def _aged(make_version: MakeVersion, *labels: str) -> None:
    for label in labels:
        version = make_version(label)
        ModelVersion.objects.filter(pk=version.pk).update(imported_at=NOW - timedelta(days=400))


def test_pruning_deletes_what_never_served_and_audits_each(make_version: MakeVersion, actor: Actor) -> None:
    _aged(make_version, "1", "2", "3")
    for label in ("1", "2"):  # 1 was deployed once, and is the previous one now
        lifecycle.deploy(ModelVersion.objects.get(label=label), actor)
    done = retention.prune(Rule(0, 30), actor)
    assert [version.label for version in done.deleted] == ["3"]
    assert [entry.target for entry in AuditEntry.objects.filter(action="version.delete")] == ["default:3"]


def test_a_version_that_served_once_stays_even_when_nothing_points_to_it(
    make_version: MakeVersion, actor: Actor
) -> None:
    _aged(make_version, "1", "2", "3")
    for label in ("1", "2", "3"):
        lifecycle.deploy(ModelVersion.objects.get(label=label), actor)
    assert not retention.prune(Rule(0, 0), actor).deleted
    kept = {verdict.version.label: verdict.kept for verdict in retention.judge(Rule(0, 0))}
    assert kept["1"] == "it was deployed once"


def test_a_dry_run_deletes_nothing(make_version: MakeVersion, actor: Actor) -> None:
    _aged(make_version, "1")
    done = retention.prune(Rule(0, 0), actor, dry_run=True)
    assert [verdict.kept for verdict in done.verdicts] == [""]
    assert ModelVersion.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_pruning_one_model_leaves_the_others(make_version: MakeVersion, actor: Actor) -> None:
    _aged(make_version, "1")
    make_version("9", model="wifi")
    retention.prune(Rule(0, 0), actor, model_name="wifi")
    assert [version.label for version in ModelVersion.objects.all()] == ["1"]
