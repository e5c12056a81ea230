"""Anomalies of a live server while its database is busy, silent or gone: answers come, and rows follow."""

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import live, services
from tests.asking import Answer, ask

pytestmark = pytest.mark.slow
ANALYZE = "/api/v1/models/analyze"
LOUD = "FAILED DENIED ERROR authentication %%%%%%%% !!!!!!!! 1.2.3.4 5.6.7.8 aa:bb:cc:dd:ee:ff " * 9


def batch(name: str) -> list[dict[str, str]]:
    """Thirty quiet lines and a loud one, which is an anomaly by that id."""
    quiet = [
        {
            "message": f"Accepted publickey for alice from 10.0.0.{i} port 4{i:04d} ssh2",
            "program": "sshd",
            "level": "INFO",
            "timestamp": f"2026-03-02T08:00:{i:02d}Z",
            "id": f"{name}-{i}",
        }
        for i in range(30)
    ]
    return [
        *quiet,
        {
            "message": LOUD + name,
            "timestamp": "2026-03-02T03:33:33Z",
            "level": "CRITICAL",
            "program": "intruder",
            "id": name,
        },
    ]


def analyze(hub: live.Hub, name: str) -> Answer:
    answer = ask(hub.port, "POST", ANALYZE, batch(name))
    assert answer.status == 200, answer.body
    return answer


def waits(answer: Answer) -> bool:
    summary = answer.body["summary"]
    assert summary["anomalies"] > 0
    return summary["stored"] == 0 and "wait to be stored" in (summary["storing_problem"] or "")


def stored(answer: Answer) -> int:
    assert answer.body["summary"]["storing_problem"] is None
    return int(answer.body["summary"]["stored"])


def until(is_so: Callable[[], bool], within_s: float = 40) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> live.Hub:
    """A prepared hub on SQLite; no test depends on what another left in it."""
    made = live.hub(tmp_path_factory.mktemp("anomalies"))
    made.prepare()
    return made


@contextmanager
def locked(hub: live.Hub) -> Iterator[None]:
    """Another program writes to the database file and does not finish."""
    path = Path(hub.environment["MODELHUB_HOME"]) / "modelhub.sqlite3"
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=20)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


def has(hub: live.Hub, name: str) -> bool:
    path = Path(hub.environment["MODELHUB_HOME"]) / "modelhub.sqlite3"
    connection = sqlite3.connect(path, timeout=20)
    try:
        found = connection.execute("SELECT 1 FROM monitoring_anomaly WHERE record_id = ?", [name])
        return found.fetchone() is not None
    finally:
        connection.close()


def loud(url: str) -> set[str]:
    """Ids of the loud lines that have a row on that server."""
    import psycopg

    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT record_id FROM monitoring_anomaly WHERE program = 'intruder'")
        return {str(row[0]) for row in found}


def test_a_locked_database_holds_no_answer_up(hub: live.Hub, tmp_path: Path) -> None:
    with hub.serving(workers=1, log=tmp_path / "web.log"):
        assert stored(analyze(hub, "before")) >= 1
        with locked(hub):
            assert waits(analyze(hub, "first"))
            time.sleep(1)  # known to be stuck from now on
            later = [analyze(hub, f"later-{place}") for place in range(5)]
            assert all(map(waits, later))
            assert max(answer.took_s for answer in later) < 0.9  # nobody waited out the patience of a request
        until(lambda: has(hub, "first") and has(hub, "later-4"))
        until(lambda: not waits(analyze(hub, "after")))


def test_the_end_of_a_process_loses_nothing(hub: live.Hub, tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with hub.serving(workers=1, log=log):
        with locked(hub):
            assert waits(analyze(hub, "last"))
            worker = hub.workers()[0]
            assert hub.server is not None
            hub.server.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        until(lambda: not Path(f"/proc/{worker}").exists())
    assert has(hub, "last"), log.read_text()[-2000:]


@pytest.mark.service
def test_what_waits_survives_a_silent_server(tmp_path: Path) -> None:
    with services.own_postgres() as server:
        hub = live.hub(tmp_path / "home", DATABASE_URL=server.url)
        hub.prepare()
        with hub.serving(workers=1, log=tmp_path / "web.log"):
            for place in range(3):
                assert stored(analyze(hub, f"before-{place}")) >= 1
            server.freeze()
            silent = [analyze(hub, f"silent-{place}") for place in range(8)]
            server.thaw()
            assert all(map(waits, silent))
            assert sum(answer.took_s for answer in silent) < 8  # the first ones waited, at most a second each
            until(lambda: loud(server.url) >= {f"silent-{place}" for place in range(8)})
            server.stop("immediate")
            away = analyze(hub, "away")
            server.start()
            assert waits(away)
            until(lambda: "away" in loud(server.url))
            until(lambda: not waits(analyze(hub, "after")))


def test_concurrent_callers_are_told_of_their_own_rows(hub: live.Hub, tmp_path: Path) -> None:
    told: dict[str, Answer] = {}
    with hub.serving(workers=2, log=tmp_path / "web.log"):
        names = [f"crowd-{place}" for place in range(24)]
        threads = [
            threading.Thread(target=lambda name=name: told.update({name: analyze(hub, name)}))
            for name in names
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # A crowded machine may let some wait longer than a request does; then they say so.
        until(lambda: all(has(hub, name) for name in names))
    summaries = [answer.body["summary"] for answer in told.values() if not waits(answer)]
    assert all(one["stored"] + one["known"] == one["anomalies"] for one in summaries)
