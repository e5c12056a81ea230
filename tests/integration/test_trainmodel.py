"""``manage.py trainmodel`` from log lines to a package folder."""

import gzip
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

_LINE = '{{"timestamp": "2026-03-02T08:{:02d}:{:02d}Z", "program": "sshd", "message": "try {} failed"}}\n'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(_LINE.format(n // 60, n % 60, n % 7) for n in range(300)) + "not json\n")
    return path


def _train(log: Path, out: Path, *arguments: str, stderr: StringIO | None = None) -> dict[str, object]:
    answer = StringIO()
    given = ("trainmodel", str(log), "--out", str(out), "--json", *arguments)
    call_command(*given, stdout=answer, stderr=stderr or StringIO())
    result: dict[str, object] = json.loads(answer.getvalue())
    return result


def test_a_log_becomes_a_package(log: Path, tmp_path: Path) -> None:
    result = _train(log, tmp_path / "v1", "--label", "v1", "--trees", "5")
    assert (result["label"], result["records"], result["rejected"]) == ("v1", 300, 1)
    about = json.loads((tmp_path / "v1" / "metadata.json").read_text())
    assert about["training_info"]["training_samples"] == 300
    assert about["model_info"]["export_file"] == "log.jsonl"
    assert len(about["training_info"]["feature_names"]) == 32


@pytest.mark.parametrize(
    ("arguments", "records"), [(("--lines", "60"), 60), (("--first", "0.5"), 150), (("--first", "1"), 300)]
)
def test_a_part_of_the_log_can_be_trained_on(
    log: Path, tmp_path: Path, arguments: tuple[str, str], records: int
) -> None:
    assert _train(log, tmp_path / "v1", "--trees", "2", *arguments)["records"] == records


@pytest.mark.parametrize("algorithm", ["local_outlier_factor", "one_class_svm"])
def test_other_detectors_can_be_trained(log: Path, tmp_path: Path, algorithm: str) -> None:
    assert _train(log, tmp_path / "v1", "--algorithm", algorithm)["algorithm"] == algorithm


@pytest.mark.parametrize(
    "arguments",
    [
        ("--contamination", "0"),
        ("--contamination", "nan"),
        ("--trees", "0"),
        ("--first", "1.5"),
        ("--seed", "-1"),
    ],
)
def test_arguments_that_make_no_sense_are_misuse(
    log: Path, tmp_path: Path, arguments: tuple[str, str]
) -> None:
    with pytest.raises(CommandError) as caught:
        _train(log, tmp_path / "v1", *arguments)
    assert caught.value.returncode == 2
    assert not (tmp_path / "v1").exists()


def test_too_few_records_are_refused_and_few_are_told(log: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="at least 50") as caught:
        _train(log, tmp_path / "v1", "--lines", "49")
    assert caught.value.returncode == 1
    warned = StringIO()
    result = _train(log, tmp_path / "v1", "--trees", "2", stderr=warned)
    about = json.loads((tmp_path / "v1" / "metadata.json").read_text())
    assert result["notes"] == about["notes"]
    assert "300 records only" in warned.getvalue()


def test_syslog_without_a_year_is_read_as_told(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    log.write_text("".join(f"Feb 29 08:{n:02d}:00 host sshd[1]: Accepted for a\n" for n in range(60)))
    for form in ("--format", "--log-format"):
        out = tmp_path / form.strip("-")
        result = _train(log, out, "--trees", "2", form, "syslog", "--year", "2024")
        assert (result["records"], result["rejected"]) == (60, 0)


def test_a_file_that_is_cut_off_is_not_trained_on(log: Path, tmp_path: Path) -> None:
    packed = tmp_path / "log.jsonl.gz"
    packed.write_bytes(gzip.compress(log.read_bytes())[:-100])
    with pytest.raises(CommandError, match="cut off"):
        _train(packed, tmp_path / "v1")
    assert not (tmp_path / "v1").exists()


def test_a_place_that_cannot_be_written_to_is_named_as_it_was_given(log: Path) -> None:
    with pytest.raises(CommandError) as caught:
        _train(log, Path("/proc/modelhub"), "--trees", "2")
    assert str(caught.value).endswith(": /proc/modelhub")


def test_a_missing_file_and_an_existing_package_are_failures(log: Path, tmp_path: Path) -> None:
    for path, out in ((tmp_path / "absent.log", tmp_path / "v1"), (log, tmp_path)):
        with pytest.raises(CommandError) as caught:
            _train(path, out)
        assert caught.value.returncode == 1
