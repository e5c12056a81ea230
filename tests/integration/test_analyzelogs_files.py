"""``analyzelogs`` with the files that are none: pipes, devices, standard output, cut off archives."""

import gzip
import json
import os
import stat
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from inference.models import BatchJob
from tests.integration.conftest import sshd_records

pytestmark = pytest.mark.usefixtures("deployed_version")

_LINES = "".join(
    json.dumps({"message": r.message, "timestamp": str(r.timestamp), "program": r.program}) + "\n"
    for r in sshd_records(300, seed=5)
)


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    """300 JSON lines."""
    path = tmp_path / "sshd.jsonl"
    path.write_text(_LINES)
    return path


def test_results_go_into_a_pipe_without_replacing_it(log_file: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = tmp_path / "received"  # a file, because a second pipe that nobody reads would fill up
    with received.open("wb") as file, subprocess.Popen(["cat", pipe], stdout=file) as reader:
        try:
            call_command("analyzelogs", str(log_file), "--out", str(pipe), stdout=StringIO())
            reader.wait(10)
        finally:
            reader.kill()
    assert len(received.read_bytes().splitlines()) == 300
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_standard_output_holds_the_results_alone(
    log_file: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    summary = StringIO()
    call_command("analyzelogs", str(log_file), "--out", "-", stderr=summary)
    lines = capfdbinary.readouterr().out.splitlines()
    assert [json.loads(line)["line"] for line in lines] == list(range(1, 301))
    assert "Anomalies" in summary.getvalue()
    assert not Path("-").exists()


def test_the_summary_as_json_does_not_share_standard_output(log_file: Path) -> None:
    with pytest.raises(CommandError, match="--json needs --out FILE") as raised:
        call_command("analyzelogs", str(log_file), "--out", "-", "--json")
    assert raised.value.returncode == 2
    assert not BatchJob.objects.exists()


def test_a_file_that_is_cut_off_is_scored_reported_and_a_failure(tmp_path: Path) -> None:
    packed, out = tmp_path / "sshd.jsonl.gz", StringIO()
    packed.write_bytes(gzip.compress(_LINES.encode())[:-100])
    with pytest.raises(CommandError, match=r"sshd.jsonl.gz: .*cut off") as raised:
        call_command("analyzelogs", str(packed), "--json", stdout=out)
    summary = json.loads(out.getvalue())
    assert raised.value.returncode == 1
    assert summary["cut_off"] == [str(packed)]
    assert 0 < summary["lines"] < 300


def test_a_line_without_end_is_no_log() -> None:
    with pytest.raises(CommandError, match="/dev/zero is not a log") as raised:
        call_command("analyzelogs", "/dev/zero")
    assert raised.value.returncode == 1
