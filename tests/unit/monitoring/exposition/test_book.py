"""What a process counts, and what the sum of all processes says."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from modelhub.errors import Code
from monitoring.exposition import book as books
from monitoring.exposition import outcomes, places, totals
from monitoring.exposition.book import Book
from monitoring.exposition.samples import Sample
from monitoring.metering.contract import Observation, Stages

VERSION = 7


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path)
    yield book
    book.close()


def observation(rows: int = 2, *, version: int = VERSION, error: str = "", anomalies: int = 1) -> Observation:
    severities = np.linspace(0.0, 90.0, rows)
    highest = severities[rows - anomalies :]
    stages = Stages(0.5, 0.001, 0.002)
    return Observation(version, 0.003, severities / 100, None, anomalies, error, "predict", highest, stages)


def told(folder: Path) -> dict[tuple[str, ...], tuple[float, ...]]:
    """Numbers by family and labels, of all that is not 0."""
    pages = places.pages(folder)
    found: list[Sample] = [*totals.counted(pages, totals.named(pages)), *totals.workers(pages)]
    return {
        (one.family.name.removeprefix("modelhub_"), *one.labels): one.numbers
        for one in found
        if any(one.numbers)
    }


def test_a_request_is_counted_at_once_under_the_name_of_its_version(book: Book, tmp_path: Path) -> None:
    book.request(observation())
    book.request(observation(error="internal"))
    book.name(VERSION, "default", "1.0.0")
    assert told(tmp_path) == {
        ("inference_requests_total", "default", "1.0.0", "predict", "SUCCESS"): (1.0,),
        ("inference_requests_total", "default", "1.0.0", "predict", "BACKEND"): (1.0,),
    }


def test_a_batch_has_its_records_sizes_durations_and_the_severities_of_anomalies(
    book: Book, tmp_path: Path
) -> None:
    book.batch(VERSION, [observation(10, anomalies=3), observation(1, anomalies=0), observation(error="x")])
    book.name(VERSION, "default", "1.0.0")
    found = told(tmp_path)
    assert found["records_scored_total", "default", "1.0.0", "anomaly"] == (3.0,)
    assert found["records_scored_total", "default", "1.0.0", "normal"] == (8.0,)
    assert found["inference_batch_records", "default"][:5] == (11.0, 1.0, 0.0, 0.0, 1.0)
    assert found["anomaly_severity", "default"][0] == pytest.approx(70 + 80 + 90)
    assert sum(found["inference_duration_seconds", "default", "1.0.0", "total"][1:]) == 2.0
    assert found["inference_duration_seconds", "default", "1.0.0", "total"][0] == pytest.approx(2 * 0.503)
    assert found["inference_duration_seconds", "default", "1.0.0", "queue"][0] == pytest.approx(1.0)


def test_the_numbers_of_all_processes_are_added_up(book: Book, tmp_path: Path) -> None:
    other = Book(tmp_path)
    for one in (book, other):
        one.rejected("predict", Code.THROTTLED)
        one.intake("json", 10, {"record_invalid": 2}.items())
    other.close()
    found = told(tmp_path)
    assert found["inference_requests_total", "", "", "predict", "REJECTED"] == (2.0,)
    assert found["requests_rejected_total", "predict", "throttled"] == (2.0,)
    assert found["logs_received_total", "json"] == (20.0,)
    assert found["logs_rejected_total", "record_invalid"] == (4.0,)


def test_threads_lose_nothing(book: Book, tmp_path: Path) -> None:
    def work() -> None:
        for _ in range(2_000):
            book.request(observation())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = told(tmp_path)
    assert found["inference_requests_total", "unknown", f"id {VERSION}", "predict", "SUCCESS"] == (8_000.0,)


def test_beyond_its_bound_versions_are_one_and_nothing_is_lost(book: Book, tmp_path: Path) -> None:
    for version in range(1, books.MOST_VERSIONS + 21):
        book.request(observation(version=version))
        book.batch(version, [observation(version=version)])
        if version <= books.MOST_VERSIONS:
            book.name(version, "default", f"{version}")
    found = told(tmp_path)
    requests = {key: value for key, value in found.items() if key[0] == "inference_requests_total"}
    assert len(requests) == books.MOST_VERSIONS + 1
    assert requests["inference_requests_total", "other", "other", "predict", "SUCCESS"] == (20.0,)
    assert sum(found["records_scored_total", "other", "other", "anomaly"]) == 20.0
    assert ("uncounted_total",) not in found


def test_beyond_their_bound_words_are_one(book: Book, tmp_path: Path) -> None:
    for number in range(books.MOST_WORDS + 10):
        book.intake(f"format {number}", 1, [])
    found = {key[1]: value for key, value in told(tmp_path).items() if key[0] == "logs_received_total"}
    assert len(found) == books.MOST_WORDS + 1
    assert found["other"] == (10.0,)


def test_what_finds_no_room_is_counted_as_uncounted(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book._ledger, "_has_room", lambda end: False)
    book.request(observation())
    book.rejected("predict", "x")
    assert told(tmp_path) == {("uncounted_total",): (3.0,)}


def test_a_worker_says_what_it_serves_until_it_ends(book: Book, tmp_path: Path) -> None:
    book.serve([("default", 3, True, False), ("routers", 1, False, True)])
    found = told(tmp_path)
    assert found["worker_generation", "0", "default"] == (3.0,)
    assert found["worker_degraded", "0", "routers"] == (1.0,)
    assert found["worker_memory_bytes", "0"][0] > 1_000_000
    book.serve([("default", 4, True, False)])
    found = told(tmp_path)
    assert found["worker_generation", "0", "default"] == (4.0,)
    assert ("worker_generation", "0", "routers") not in found


def test_an_ended_worker_says_nothing_more_but_its_counts_stay(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.serve([("default", 3, True, False)])
    book.rejected("predict", Code.THROTTLED)
    book.close()
    assert {key[0] for key in told(tmp_path)} == {"inference_requests_total", "requests_rejected_total"}


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (Code.THROTTLED, outcomes.REJECTED),
        (Code.WORKER_SATURATED, outcomes.REJECTED),
        (Code.REQUEST_INVALID, outcomes.CANCELED),
        (Code.NO_MODEL_LOADED, outcomes.BACKEND),
        (Code.DATABASE_UNAVAILABLE, outcomes.OTHER),
        ("a word of tomorrow", outcomes.OTHER),
    ],
)
def test_every_answer_has_an_outcome(code: str, outcome: str) -> None:
    assert outcomes.of_refusal(str(code)) == outcome
