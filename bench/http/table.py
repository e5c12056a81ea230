"""The results for people, as Markdown: one table per load, one of memory, the promises."""

from collections.abc import Iterator
from typing import Any

from bench.http.peers import OURS
from bench.http.targets import Cell, verdicts


def lines(results: dict[str, Any]) -> Iterator[str]:
    """The lines of a page from what ``bench/results/http.json`` holds."""
    cells = {
        key: {load: Cell(**cell) for load, cell in loads.items()} for key, loads in results["cells"].items()
    }
    for load in cells[OURS]:
        yield from _load(load, cells)
    yield from _memory(results["memory"])
    memory = {key: held["pss_mb"] for key, held in results["memory"].items()}
    yield "| promise | promised | found | |"
    yield "|---|---|---|---|"
    for verdict in verdicts(cells, memory):
        met = "met" if verdict.met else "**missed**"
        yield f"| {verdict.claim} | {verdict.promised:g} | {verdict.found:,.2f} | {met} |"


def _load(load: str, cells: dict[str, dict[str, Cell]]) -> Iterator[str]:
    yield f"| {load} | requests/s | rows/s | p50 ms | p99 ms | errors | ours is so many times as fast |"
    yield "|---|---|---|---|---|---|---|"
    ours = cells[OURS][load].requests_per_s
    for key, loads in cells.items():
        cell = loads[load]
        ratio = f"{ours / cell.requests_per_s:,.1f}" if cell.requests_per_s else "-"
        yield (
            f"| {key} | {cell.requests_per_s:,.0f} | {cell.rows_per_s:,.0f} | {cell.p50_ms:,.2f} "
            f"| {cell.p99_ms:,.2f} | {cell.errors:,} | {ratio} |"
        )
    yield ""


def _memory(memory: dict[str, dict[str, float]]) -> Iterator[str]:
    yield "| memory after the load | PSS MiB | RSS MiB | ours / theirs (PSS) | processor while idle |"
    yield "|---|---|---|---|---|"
    ours = memory[OURS]["pss_mb"]
    for key, held in memory.items():
        yield (
            f"| {key} | {held['pss_mb']:,.0f} | {held['rss_mb']:,.0f} | {ours / held['pss_mb']:.2f} "
            f"| {held['idle_cpu']:.1%} |"
        )
    yield ""
