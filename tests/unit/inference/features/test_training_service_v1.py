"""The feature set equals the training service's, on its own outputs and against a slow second writing."""

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.features.training_service_v1 import TrainingServiceV1
from inference.intake.export import faithful
from inference.records import LogRecord, time_order
from tests.unit.inference.features import reference

SET = TrainingServiceV1()
COLUMN = {name: place for place, name in enumerate(SET.names)}
T0 = datetime(2024, 1, 6, 12, tzinfo=UTC)
RELAXED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

words = st.sampled_from(
    [
        "AP-STA-CONNECTED",
        "sta-disassoc",
        "deauthenticated",
        "FAILED",
        "error",
        "Denied",
        "02:11:22:33:44:ee",
        "02:11:22:33:44-EE",
        "aa:bb:cc:dd:ee:ff:00:11",
        "1.2.3.4",
        "999.1.1.1.5",
        "v1.2.3.4",
        "ÄÖ",
        "١٢",
        "ſta-aſſoc",
        "ERRORſ",
        "logın",
        "İ",
        "KK",
        "�",
        "\x00",
        "\n",
        "\x1c",
    ]
)
messages = st.one_of(st.lists(words, max_size=6).map(" ".join), st.text(max_size=20))
offsets = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
times = st.builds(
    lambda s, zone: (T0 + timedelta(seconds=s)).astimezone(zone),
    st.sampled_from([0, 0, 1, 299, 300, 301, 899, 900, 901, 3599, 3600, 3600.5, 3601, 7200, 100_000]),
    offsets,
)
records = st.builds(
    LogRecord,
    message=messages,
    timestamp=st.none() | times,
    program=st.sampled_from([None, "", "sshd", "hostapd", "kernel"]),
    level=st.sampled_from([None, "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "warning", "NOTICE"]),
)


def line(seconds: float = 0, message: str = "x", program: str | None = "p") -> LogRecord:
    return LogRecord(message, T0 + timedelta(seconds=seconds), program)


def column(batch: list[LogRecord], name: str) -> list[float]:
    values: list[float] = SET.extract(batch)[:, COLUMN[name]].tolist()
    return values


@RELAXED
@given(st.lists(records, max_size=25))
def test_equals_the_slow_reference_on_any_batch(batch: list[LogRecord]) -> None:
    expected = np.array(reference.extract(batch), dtype=np.float64).reshape(len(batch), 32)
    np.testing.assert_array_equal(TrainingServiceV1(stepped_below=0).extract(batch), expected)
    np.testing.assert_array_equal(TrainingServiceV1(stepped_below=1_000).extract(batch), expected)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["wifi", "openssh", "linux_unsorted", "bgl", "edge1"])
def test_equals_the_training_service_on_its_golden_sets(name: str, shared_data: Path) -> None:
    with gzip.open(shared_data / "golden" / f"{name}.input.jsonl.gz", "rt") as lines:
        batch = [faithful(json.loads(text)) for text in lines]
    with gzip.open(shared_data / "golden" / f"{name}.features.csv.gz", "rt") as table:
        header, *rows = csv.reader(table)
    expected = np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])
    assert tuple(header) == SET.names
    np.testing.assert_allclose(SET.extract(batch), expected, rtol=0, atol=1e-12)


def test_an_empty_batch_has_no_rows_and_all_columns() -> None:
    assert SET.extract([]).shape == (0, 32)


def test_windows_include_both_ends() -> None:
    batch = [line(0, "AP-STA-CONNECTED"), line(300, "AP-STA-CONNECTED"), line(300.001, "x")]
    assert column(batch, "window_5min_connection_count") == [1, 2, 1]


def test_lines_of_the_same_time_count_each_other() -> None:
    batch = [line(0, "failed"), line(0, "failed"), line(0, "fine")]
    assert column(batch, "window_5min_error_count") == [2, 2, 2]


def test_mac_addresses_are_one_where_their_last_two_octets_agree_to_the_letter() -> None:
    macs = ["aa:bb:cc:dd:ee:ff", "11:22:33:44:ee:ff", "11:22:33:44:EE:FF", "11-22-33-44-ee-ff"]
    assert column([line(0, " ".join(macs))], "window_5min_unique_macs") == [3]


def test_the_window_error_count_leaves_out_denied() -> None:
    batch = [line(0, "denied"), line(0, "error")]
    assert column(batch, "window_5min_error_count") == [1, 1]
    assert column(batch, "is_error_event") == [1, 1]


def test_window_results_stand_in_time_order_on_rows_of_input_order() -> None:
    late, early = line(10_000, "x"), line(0, "failed")
    assert column([late, early], "window_1hour_error_count") == [1, 0]


def test_sorted_by_time_each_row_belongs_to_its_line() -> None:
    batch = [line(10_000, "x"), line(0, "failed")]
    ordered = [batch[place] for place in time_order(batch)]
    assert column(ordered, "window_1hour_error_count") == [1, 0]
    assert column(ordered, "is_error_event") == [1, 0]


def test_a_line_without_time_matches_no_window_and_has_no_clock() -> None:
    row = SET.extract([LogRecord("AP-STA-CONNECTED")])[0]
    assert np.isnan(row[:4]).all()
    assert row[4:6].tolist() == [0, 0]
    assert row[20:].tolist() == [0] * 12


def test_the_hour_is_that_of_the_written_offset() -> None:
    local = T0.astimezone(timezone(timedelta(hours=-7)))
    assert column([LogRecord("x", local)], "hour_of_day") == [5]


def test_equal_counts_share_a_rank_without_gaps_and_common_processes_rank_high() -> None:
    batch = [line(program=name) for name in ("a", "b", "c", "c", "c")] + [line(program=None)]
    ranks = column(batch, "process_rank")
    assert ranks[:5] == [1, 1, 2, 2, 2]
    assert np.isnan(ranks[5])
    assert column(batch, "process_frequency")[:1] == [1 / 5]


def test_levels_count_only_in_exact_capitals() -> None:
    levels = ["DEBUG", "CRITICAL", "warning", "NOTICE", None]
    batch = [LogRecord("x", T0, "p", level) for level in levels]
    assert column(batch, "log_level_numeric") == [0, 4, 1, 1, 1]
