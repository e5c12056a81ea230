"""From what a soak saw to the promises it kept."""

from bench.soak import home, verdict
from bench.soak.processes import Sample
from bench.soak.running import Run
from bench.soak.verdict import Finding

# SQLite keeps the files of a connection that was closed while another one is open, and takes them for the
# next: a process has as many as it ever had connections at once, at most one for each thread.
_FILES_PER_CONNECTION = 3


def judged(run: Run, *, warm_s: float, block_s: float) -> list[Finding]:
    """Every promise of a soak; samples of the first ``warm_s`` seconds do not count for trends."""
    findings = []
    for name, samples in _by_process(run.samples, warm_s).items():
        findings += [
            verdict.memory(f"{name}: memory", [(s.at_s, s.rss_mb) for s in samples], block_s=block_s),
            verdict.constant(f"{name}: open files", [(s.at_s, s.files) for s in samples]),
            verdict.within(
                f"{name}: database files",
                [(s.at_s, s.database_files) for s in samples],
                _FILES_PER_CONNECTION * max(s.threads for s in samples),
            ),
            verdict.constant(f"{name}: threads", [(s.at_s, s.threads) for s in samples]),
        ]
    for name in ("predict", "analyze"):
        took = sorted(point for point in run.books[name].took if point[0] >= warm_s)
        findings.append(verdict.latency(f"{name}: latency", took, window_s=2 * block_s))
    workers = {one.pid for one in run.samples if one.role == "web worker"}
    wrong = sum(sum(book.wrong.values()) for book in run.books.values())
    return [
        *findings,
        verdict.equal("web workers that ever ran", len(workers), home.WORKERS),
        verdict.equal("answers that were wrong", wrong, 0),
        *_recorded(run),
    ]


def _recorded(run: Run) -> list[Finding]:
    gained = {name: run.after[name] - run.before[name] for name in run.after}
    answered = run.with_token + sum(len(run.books[name].took) for name in ("predict", "analyze"))
    return [
        verdict.equal("requests in the metrics", gained["requests"] - gained["errors"], answered),
        verdict.equal("metrics lost", gained["lost"], 0),
        verdict.equal("anomalies kept", gained["anomalies"], run.anomalies),
    ]


def _by_process(samples: list[Sample], warm_s: float) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for one in samples:
        if one.at_s >= warm_s:
            found.setdefault(f"{one.role} {one.pid}", []).append(one)
    return {name: found[name] for name in sorted(found) if len(found[name]) >= 3}
