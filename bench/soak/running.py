"""One soak from the first process to the last count."""

import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from bench.soak import home, processes, wishes
from bench.soak.callers import Book, Caller
from bench.soak.processes import Sample

SAMPLE_S = 5.0
WIDTH = 32
SCRAPED = ("/metrics", "/api/v1/metrics")


@dataclass
class Run:
    """What a soak saw.

    ``books`` are the answers by kind, ``sizes`` (seconds, files, bytes of the database), ``before`` and
    ``after`` the hub's own counts, ``anomalies`` what the callers were told of, ``with_token`` how often a
    token scored.
    """

    books: dict[str, Book] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    sizes: list[tuple[float, int, int]] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    anomalies: int = 0
    with_token: int = 0


def soak(folder: Path, *, seconds: float, swap_s: float, pace: float = 1.0) -> Run:
    """The hub is prepared in the folder, under load for that long, then stopped and counted."""
    hub, labels = home.prepared(folder)
    run = Run(before=home.counts(hub))
    analyzing = wishes.Analyzing(folder / "home" / "demo" / "live.jsonl")
    tokens = wishes.Tokens(hub, WIDTH)
    with home.supervised(hub, folder / "supervisor.log") as root:
        mixed: list[tuple[str, int, float, wishes.Wish]] = [
            *[("predict", 1, 0.04 / pace, wishes.predicting(WIDTH, seed)) for seed in range(4)],
            ("analyze", 2, 0.2 / pace, analyzing),
            ("read", 1, 0.25 / pace, wishes.reading()),
            ("refused package", 1, 15.0, wishes.uploading()),
            ("deploy, rollback", 1, swap_s, wishes.swapping(labels)),
            ("drift check", 1, 60.0, wishes.checking(labels[0])),
            ("token", 1, 8.0, tokens),
        ]
        if path := _scraped(hub.port):
            mixed.append(("scrape", 1, 5.0, wishes.scraping(path)))
        callers = []
        for name, count, every_s, wish in mixed:
            book = run.books.setdefault(name, Book())
            callers += [Caller(hub.port, book, every_s=every_s, wish=wish) for _ in range(count)]
        _under_load(run, callers, root, folder / "home", seconds)
    run.after = home.counts(hub)
    run.anomalies, run.with_token = analyzing.anomalies, tokens.used
    return run


def _under_load(run: Run, callers: list[Caller], root: int, watched: Path, seconds: float) -> None:
    end, started_s = threading.Event(), time.monotonic()
    threads = [threading.Thread(target=one.run, args=(end, started_s), daemon=True) for one in callers]
    for thread in threads:
        thread.start()
    while (at_s := time.monotonic() - started_s) < seconds:
        run.samples += processes.sample(root, at_s)
        run.sizes.append((at_s, *processes.size_of(watched)))
        time.sleep(SAMPLE_S)
    end.set()
    for thread in threads:
        thread.join(90)
    time.sleep(2)  # the last second's metrics are written


def _scraped(port: int) -> str | None:
    """Where this hub shows its metrics to Prometheus; None where it does not."""
    for path in SCRAPED:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10):
                return path
        except urllib.error.HTTPError:
            continue
    return None
