"""Feature sets are found by name and by their columns."""

import pytest

from inference.features import catalog
from modelhub.errors import Code, NotFound


def test_every_set_is_found_by_its_name() -> None:
    assert [catalog.get(known.name) for known in catalog.all_feature_sets()] == list(
        catalog.all_feature_sets()
    )


def test_an_unknown_name_is_not_found() -> None:
    with pytest.raises(NotFound, match="training-service-v1") as raised:
        catalog.get("nonsense")
    assert raised.value.code is Code.NOT_FOUND


def test_a_set_is_identified_by_its_columns_in_order_only() -> None:
    names = list(catalog.get("training-service-v1").names)
    assert len(names) == 32
    assert catalog.identify(names) == "training-service-v1"
    assert catalog.identify([names[1], names[0], *names[2:]]) == ""
    assert catalog.identify(names[:-1]) == ""
    assert catalog.identify([]) == ""
