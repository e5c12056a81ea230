"""Promises are judged against the better configuration of each peer, and only where both were measured."""

from bench.http.targets import Cell, Verdict, load_name, verdicts

ONE = load_name(1, 1)


def _cell(requests_per_s: float, *, p99_ms: float = 1.0, errors: int = 0) -> Cell:
    return Cell(requests_per_s, requests_per_s, 1.0, p99_ms, errors)


def _found(claim: str, cells: dict[str, dict[str, Cell]], memory: dict[str, float] | None = None) -> Verdict:
    (verdict,) = [one for one in verdicts(cells, memory or {}) if claim in one.claim]
    return verdict


def test_the_better_configuration_of_a_peer_counts() -> None:
    cells = {
        "modelhub": {ONE: _cell(2000)},
        "MLServer default": {ONE: _cell(100)},
        "MLServer best": {ONE: _cell(80)},
    }
    verdict = _found("MLServer", cells)
    assert (verdict.claim.split()[-1], verdict.found, verdict.met) == ("default", 20.0, True)


def test_a_promise_just_not_kept_is_missed() -> None:
    cells = {"modelhub": {ONE: _cell(1999)}, "BentoML best": {ONE: _cell(100)}}
    assert not _found("BentoML", cells).met


def test_what_was_not_measured_is_not_judged() -> None:
    assert [one.claim for one in verdicts({"modelhub": {ONE: _cell(1)}}, {})] == [
        "0 errors of ours in all rounds (1 = none)"
    ]


def test_one_error_of_ours_breaks_a_promise() -> None:
    assert not _found("errors", {"modelhub": {ONE: _cell(1, errors=1)}}).met


def test_the_tail_is_compared_with_the_best_framework() -> None:
    load = load_name(8, 1)
    cells = {
        "modelhub": {load: _cell(1, p99_ms=2)},
        "MLflow best": {load: _cell(1, p99_ms=60)},
        "BentoML best": {load: _cell(1, p99_ms=5)},
    }
    verdict = _found("p99", cells)
    assert ("BentoML best" in verdict.claim, verdict.found, verdict.met) == (True, 2.5, False)


def test_half_of_a_peer_s_memory_is_kept() -> None:
    cells = {"modelhub": {ONE: _cell(1)}}
    assert _found("memory", cells, {"modelhub": 100.0, "MLflow best": 200.0, "MLflow default": 50.0}).met
