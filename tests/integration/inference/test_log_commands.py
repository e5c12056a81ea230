"""generatelogs and extractfeatures from the command line to the file."""

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from inference.logfiles import LogFormat, read_records


def run(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_generated_json_lines_say_how_many_and_which_incidents(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    summary = json.loads(run("generatelogs", "--lines=400", "--seed=3", f"--out={path}", "--json"))
    written = [json.loads(line) for line in path.read_text().splitlines()]
    assert summary["lines"] == len(written) == 400
    assert summary["labelled"] == sum(line["label"] for line in written) == sum(summary["incidents"].values())
    assert len(summary["incidents"]) == 3


def test_generated_syslog_reads_back_as_the_same_records(tmp_path: Path) -> None:
    first, second = tmp_path / "log.jsonl", tmp_path / "log.txt"
    run("generatelogs", "--lines=400", f"--out={first}")
    run("generatelogs", "--lines=400", "--format=syslog", f"--out={second}")
    records = [line.record for line in read_records(str(first))]
    assert [
        line.record for line in read_records(str(second), log_format=LogFormat.SYSLOG, year=2026)
    ] == records


@pytest.mark.parametrize(
    "arguments",
    [["--lines=0"], ["--hours=0"], ["--hours=nan"], ["--incidents=-1"], ["--start=never"], ["--json"]],
)
def test_generatelogs_refuses_wrong_arguments_with_2(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as raised:
        run("generatelogs", *arguments)
    assert raised.value.returncode == 2


def test_hours_beyond_the_limit_name_the_limit() -> None:
    with pytest.raises(CommandError, match="at most 1000000"):
        run("generatelogs", "--hours=1e12")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    run("generatelogs", "--lines=300", f"--out={path}")
    return path


def test_csv_and_npz_hold_the_same_numbers(log: Path) -> None:
    table, arrays = log.with_suffix(".csv"), log.with_suffix(".npz")
    run("extractfeatures", log, f"--out={table}")
    run("extractfeatures", log, "--format=npz", f"--out={arrays}")
    header, *rows = table.read_text().splitlines()
    with np.load(arrays, allow_pickle=False) as stored:
        assert ",".join(stored["names"]) == header
        assert stored["lines"].tolist() == list(range(1, 301))
        expected = stored["features"]
    np.testing.assert_array_equal(
        np.array([[float(c or "nan") for c in row.split(",")] for row in rows]), expected
    )


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["wifi", "openssh", "linux_unsorted", "bgl", "edge1"])
def test_the_csv_of_a_golden_set_is_the_training_services_own(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "features.csv"
    run("extractfeatures", shared_data / "golden" / f"{name}.input.jsonl.gz", f"--out={out}")
    expected = gzip.decompress((shared_data / "golden" / f"{name}.features.csv.gz").read_bytes())
    assert out.read_bytes() == expected


def test_batches_and_time_order_change_what_lines_see(tmp_path: Path) -> None:
    stamps = ["2026-01-01T10:00:02Z", "2026-01-01T10:00:01Z"]
    log, out = tmp_path / "log.jsonl", tmp_path / "out.npz"
    log.write_text(
        "".join(json.dumps({"timestamp": t, "message": "error", "process_name": "p"}) + "\n" for t in stamps)
    )

    def errors(*options: str) -> tuple[list[float], list[int]]:
        run("extractfeatures", log, "--format=npz", f"--out={out}", *options)
        with np.load(out, allow_pickle=False) as stored:
            place = stored["names"].tolist().index("window_5min_error_count")
            return stored["features"][:, place].tolist(), stored["lines"].tolist()

    assert errors() == ([1, 2], [1, 2])
    assert errors("--sort-by-time") == ([1, 2], [2, 1])
    assert errors("--batch-records=1") == ([1, 1], [1, 2])


def test_levels_stay_untouched_unless_read_as_the_api_does(tmp_path: Path) -> None:
    log, out = tmp_path / "log.jsonl", tmp_path / "out.npz"
    log.write_text('{"message": "x", "level": "error", "timestamp": "2026-01-01T10:00:00Z"}\n')
    numbers = []
    for way in ("training", "api"):
        run("extractfeatures", log, "--format=npz", f"--out={out}", f"--read-as={way}")
        with np.load(out, allow_pickle=False) as stored:
            numbers.append(stored["features"][0, stored["names"].tolist().index("log_level_numeric")])
    assert numbers == [1, 3]


def test_the_summary_counts_bad_lines(log: Path) -> None:
    log.write_text(log.read_text() + "not json\n")
    summary = json.loads(run("extractfeatures", log, f"--out={log}.csv", "--json"))
    assert (summary["records"], summary["rejected"]) == (300, 1)


def test_a_file_without_a_record_fails_with_1_and_writes_nothing(tmp_path: Path) -> None:
    log, out = tmp_path / "log.jsonl", tmp_path / "out.csv"
    log.write_text("{}\n")
    with pytest.raises(CommandError, match="none of 1 lines") as raised:
        run("extractfeatures", log, f"--out={out}")
    assert raised.value.returncode == 1
    assert not out.exists()


def test_a_file_that_is_cut_off_gives_no_matrix(log: Path) -> None:
    packed = log.with_suffix(".gz")
    packed.write_bytes(gzip.compress(log.read_bytes())[:-100])
    with pytest.raises(CommandError, match="cut off"):
        run("extractfeatures", packed, f"--out={log}.csv")
    assert not Path(f"{log}.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "code"), [(["absent.log"], 1), (["x", "--batch-records=0"], 2), (["x", "--json"], 2)]
)
def test_extractfeatures_says_what_is_wrong(arguments: list[str], code: int) -> None:
    with pytest.raises(CommandError) as raised:
        run("extractfeatures", *arguments)
    assert raised.value.returncode == code
