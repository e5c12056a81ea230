"""Records of the training service are read as it reads them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from inference.intake.export import faithful
from inference.records import id_of
from modelhub.errors import Code, InputInvalid

ENTRY = {"timestamp": "2024-01-06T12:00:00Z", "message": "x", "process_name": "p", "log_level": "warning"}


def test_levels_and_names_stay_untouched() -> None:
    record = faithful(ENTRY | {"process_name": ""})
    assert record.level == "warning"
    assert record.program == ""
    assert record.timestamp == datetime(2024, 1, 6, 12, tzinfo=UTC)


def test_null_time_and_name_stay_missing() -> None:
    record = faithful(ENTRY | {"timestamp": None, "process_name": None, "log_level": None})
    assert (record.timestamp, record.program, record.level) == (None, None, None)
    assert not record.timestamp_assumed


def test_level_is_read_from_level_where_log_level_is_absent() -> None:
    assert faithful({"message": "x", "level": "ERROR"}).level == "ERROR"


def test_the_row_number_of_an_export_is_no_id() -> None:
    assert id_of(faithful(ENTRY | {"id": 1})) == id_of(faithful(ENTRY | {"id": 2}))


@pytest.mark.parametrize(
    "change", [{"message": None}, {"message": 5}, {"timestamp": 1704542400}, {"timestamp": "no"}]
)
def test_what_the_training_service_cannot_read_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid) as raised:
        faithful(ENTRY | change)
    assert raised.value.code is Code.RECORD_INVALID
