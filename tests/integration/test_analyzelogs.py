"""``analyzelogs`` scores files of any size and shape, tells what it found, and leaves one row."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.utils import timezone

from inference import logjobs, pipeline
from inference.choices import JobStatus
from inference.explain import occlusion
from inference.models import BatchJob
from inference.pipeline import score_records
from inference.serving import loading
from modelhub import ownership
from modelhub.registry.models import ModelVersion
from monitoring.models import Anomaly
from tests.integration.conftest import RegisterVersion, Trained, sshd_records

pytestmark = pytest.mark.usefixtures("deployed_version")


def log_lines(count: int, *, seed: int = 5) -> str:
    return "".join(
        json.dumps(
            {"message": r.message, "timestamp": str(r.timestamp), "program": r.program, "level": r.level}
        )
        + "\n"
        for r in sshd_records(count, seed=seed)
    )


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    """300 JSON lines."""
    path = tmp_path / "sshd.jsonl"
    path.write_text(log_lines(300))
    return path


def run(*args: Any, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("analyzelogs", *map(str, args), json=True, stdout=out, **options)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_the_summary_and_the_job_say_the_same(log_file: Path, deployed_version: ModelVersion) -> None:
    summary = run(log_file)
    job = BatchJob.objects.get()
    expected = score_records(loading.slot("default").model, sshd_records(300, seed=5))
    assert summary["anomalies"] == int(expected.verdicts.sum()) == job.anomalies > 0
    assert (summary["lines"], summary["rejected"], job.records) == (300, 0, 300)
    assert summary["anomaly_rate"] == job.anomalies / 300
    assert (job.status, job.version, job.detail) == (JobStatus.DONE, deployed_version, "")
    assert job.first_record_at == sshd_records(1)[0].timestamp
    assert job.last_record_at == sshd_records(300)[-1].timestamp
    assert job.duration_s is not None
    assert job.finished_at is not None
    assert Anomaly.objects.filter(run=f"job-{job.pk}").count() == job.stored == job.anomalies
    assert summary["peak_memory_mib"] > 0


def test_only_the_severest_are_kept_and_shown(log_file: Path) -> None:
    everything = run(log_file, "--keep", 0, "--top", 1000)
    assert not Anomaly.objects.exists()
    scores = [line["score"] for line in everything["top"]]
    assert scores == sorted(scores, reverse=True)
    few = run(log_file, "--keep", 3, "--top", 2)
    assert [line["score"] for line in few["top"]] == scores[:2]
    assert sorted(Anomaly.objects.values_list("score", flat=True), reverse=True) == scores[:3]


def test_batches_change_features_and_nothing_is_lost(log_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    summary = run(log_file, "--batch-records", 70, "--out", out)
    model = loading.slot("default").model
    records = sshd_records(300, seed=5)
    expected = [s for at in range(0, 300, 70) for s in score_records(model, records[at : at + 70]).scores]
    written = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["analysis_result"]["anomaly_score"] for line in written] == pytest.approx(expected)
    assert [line["line"] for line in written] == list(range(1, 301))
    assert [line["log_entry"]["message"] for line in written] == [r.message for r in records]
    assert BatchJob.objects.get(pk=summary["job"]).batch_records == 70


def test_bad_lines_are_counted_named_and_keep_their_place(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    good = log_lines(3).splitlines()
    path.write_text("\n".join([good[0], "no json", good[1], '{"message": 5}', good[2]]))
    summary = run(path, "--out", tmp_path / "out.jsonl", "--format", "jsonl")
    assert (summary["lines"], summary["rejected"]) == (5, 2)
    assert "line 2" in summary["rejected_examples"][0]
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert ["error" in line for line in written] == [False, True, False, True, False]


def test_gzip_and_standard_input_are_the_same_lines(
    log_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "sshd.jsonl.gz"
    packed.write_bytes(gzip.compress(log_file.read_bytes()))
    stdin = io.TextIOWrapper(io.BytesIO(log_file.read_bytes()))
    monkeypatch.setattr("sys.stdin", stdin)
    found = [run(source)["anomalies"] for source in (log_file, packed, "-")]
    assert found[0] > 0
    assert found == [found[0]] * 3


def test_syslog_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    lines = [f"Mar  2 08:00:{i:02d} host sshd[{i}]: Accepted publickey for alice" for i in range(60)]
    path.write_text("\n".join(lines))
    summary = run(path, "--year", 2026)
    assert (summary["lines"], summary["rejected"]) == (60, 0)
    assert summary["first_record_at"].startswith("2026-03-02 08:00:00")


def test_several_files_are_one_job(log_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(log_lines(50, seed=6))
    assert run(log_file, other)["lines"] == 350
    assert str(other) in BatchJob.objects.get().name


def test_another_version_may_be_asked(
    log_file: Path, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    assert run(log_file, "--version", "2.0.0")["version"] == "default:2.0.0"
    assert run(log_file, "--model", "default")["version"] == "default:1.0.0"


def test_people_get_a_table_that_their_terminal_does_not_obey(tmp_path: Path) -> None:
    path = tmp_path / "hostile.jsonl"
    hostile = {"message": "\x1b[2J" + "FAILED ERROR DENIED !!!!! " * 20, "timestamp": "2026-03-08T03:33:33Z"}
    path.write_text(log_lines(50) + json.dumps(hostile) + "\n")
    out = StringIO()
    call_command("analyzelogs", str(path), stdout=out)
    text = out.getvalue()
    assert "\x1b" not in text
    assert "\\x1b[2JFAILED" in text
    for word in ("Lines", "Anomalies", "lines/s", "Peak memory", "SEVERITY", "REASONS", ", usually "):
        assert word in text


def test_an_empty_file_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.touch()
    summary = run(path)
    assert (summary["lines"], summary["anomaly_rate"]) == (0, None)


@pytest.mark.parametrize(
    "options",
    [["--batch-records", "0"], ["--keep", "-1"], ["--top", "-1"]],
)
def test_wrong_arguments_leave_with_2_and_no_job(log_file: Path, options: list[str]) -> None:
    with pytest.raises(CommandError) as raised:
        run(log_file, *options)
    assert raised.value.returncode == 2
    assert not BatchJob.objects.exists()


def test_a_missing_file_leaves_with_1_and_a_result_over_its_source_with_2(
    tmp_path: Path, log_file: Path
) -> None:
    for args, code in (([tmp_path / "missing"], 1), ([log_file, "--out", log_file], 2)):
        with pytest.raises(CommandError) as raised:
            run(*args)
        assert raised.value.returncode == code
    assert log_file.read_text() == log_lines(300)


def test_an_unknown_version_leaves_with_1(log_file: Path) -> None:
    with pytest.raises(CommandError) as raised:
        run(log_file, "--version", "9.9")
    assert raised.value.returncode == 1


def test_an_interrupt_marks_the_job_failed_and_leaves_no_half_result(
    log_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = pipeline.score_records, []

    def interrupted(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr("inference.logjobs.pipeline.score_records", interrupted)
    with pytest.raises(CommandError) as raised:
        run(log_file, "--batch-records", 50, "--out", tmp_path / "out.jsonl")
    job = BatchJob.objects.get()
    assert raised.value.returncode == 130
    assert (job.status, job.detail, job.records) == (JobStatus.FAILED, "Interrupted.", 100)
    assert job.finished_at is not None
    assert not Anomaly.objects.exists()
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_a_termination_marks_the_job_failed(log_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def terminated(*args: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)  # the handler runs before this is over

    monkeypatch.setattr("inference.logjobs.pipeline.score_records", terminated)
    with pytest.raises(SystemExit) as raised:
        run(log_file)
    job = BatchJob.objects.get()
    assert raised.value.code == 128 + signal.SIGTERM
    assert (job.status, job.detail) == (JobStatus.FAILED, "Terminated.")
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_anomalies_and_the_end_of_their_job_are_one(log_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, calls = logjobs._finish, []

    def breaking(*args: Any, **options: Any) -> None:
        original(*args, **options)
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("the disk is full")

    monkeypatch.setattr(logjobs, "_finish", breaking)
    with pytest.raises(CommandError):
        run(log_file)
    job = BatchJob.objects.get()
    assert (job.status, job.stored) == (JobStatus.FAILED, 0)
    assert not Anomaly.objects.exists()


def test_a_job_that_could_not_say_that_it_failed_still_leaves_with_what_stopped_it(
    log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outage(*args: Any) -> Any:
        raise OperationalError("gone")

    def stopped(*args: Any) -> Any:
        connection.execute_wrappers.append(outage)
        raise KeyboardInterrupt

    monkeypatch.setattr("inference.logjobs.pipeline.score_records", stopped)
    try:
        with pytest.raises(CommandError) as raised:
            run(log_file)
    finally:
        connection.execute_wrappers.remove(outage)
    assert raised.value.returncode == 130


def test_a_killed_job_is_ended_by_the_next_one_and_a_living_one_is_not(
    log_file: Path, deployed_version: ModelVersion
) -> None:
    program = "from modelhub import ownership; print(ownership.this_process())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    def job(owner: str, **more: Any) -> BatchJob:
        return BatchJob.objects.create(
            name="x", version=deployed_version, batch_records=1, owner=owner, **more
        )

    killed = job(done.stdout.strip())
    living = job(ownership.this_process())
    elsewhere = job("another-host/1 1 1")
    forgotten = job("another-host/1 1 1", started_at=timezone.now() - timedelta(days=2))
    run(log_file)
    states = [BatchJob.objects.get(pk=row.pk).status for row in (killed, living, elsewhere, forgotten)]
    assert states == [JobStatus.FAILED, JobStatus.RUNNING, JobStatus.RUNNING, JobStatus.FAILED]
    killed.refresh_from_db()
    assert "run it again" in killed.detail
    assert killed.finished_at is not None


def test_the_same_file_again_stores_nothing_and_says_so(log_file: Path) -> None:
    first, again = run(log_file), run(log_file)
    assert (first["known"], again["stored"]) == (0, 0)
    assert again["known"] == first["stored"] > 0
    job = BatchJob.objects.get(pk=again["job"])
    assert (job.stored, job.known) == (0, first["stored"])
    assert not Anomaly.objects.filter(run=f"job-{job.pk}").exists()
    out = StringIO()
    call_command("analyzelogs", str(log_file), stdout=out)
    assert f"{first['stored']} known from an earlier scoring" in out.getvalue()


def test_times_that_were_assumed_are_no_times_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "plain.jsonl"
    path.write_text("".join(f'{{"message": "line {i}"}}\n' for i in range(5)))
    assert run(path)["first_record_at"] is None
    path.write_text(path.read_text() + log_lines(2))
    summary = run(path)
    assert datetime.fromisoformat(summary["first_record_at"]) == sshd_records(1)[0].timestamp
    assert datetime.fromisoformat(summary["last_record_at"]) == sshd_records(2)[-1].timestamp


def test_records_that_no_database_can_hold_are_faults_and_not_the_end(tmp_path: Path) -> None:
    good = {"message": "FAILED ERROR DENIED", "timestamp": "2026-03-08T03:33:33Z", "process_name": "sshd"}
    bad = [
        {"timestamp": "0001-01-01T00:00:00+05:00"},
        {"message": "half \ud800"},
        {"message": "nul \x00"},
        {"process_name": "nul \x00"},
        {"log_level": "\udfff"},
        {"message": "x" * 70_000},
    ]
    document = {"export_metadata": {}, "data": [good, *(good | change for change in bad)]}
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    summary = run(path)
    assert (summary["lines"], summary["rejected"]) == (1 + len(bad), len(bad))
    assert BatchJob.objects.get().status == JobStatus.DONE


def test_reasons_are_worked_out_once(log_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, original = [], occlusion.contributions

    def counted(*args: Any, **options: Any) -> Any:
        calls.append(1)
        return original(*args, **options)

    monkeypatch.setattr(occlusion, "contributions", counted)
    summary = run(log_file, "--keep", 3, "--top", 5)
    assert len(calls) == 1
    assert all(line["reasons"] for line in summary["top"])


def test_help_names_every_option() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "analyzelogs", "--help"], capture_output=True, text=True, check=True
    )
    for option in (
        "--model",
        "--version",
        "--batch-records",
        "--top",
        "--keep",
        "--out",
        "--format",
        "--json",
    ):
        assert option in done.stdout
