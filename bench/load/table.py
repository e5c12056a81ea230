"""The results of ``bench.load`` for people, as Markdown."""

from collections.abc import Iterator
from typing import Any

# Records a second of the training service's own extractor (quadratic windows), the faster of two
# measurements of it, 174 and 241, on a machine as this one.
TRAINING_SERVICE = 241
PROMISED = 100


def lines(results: dict[str, Any]) -> Iterator[str]:
    """The lines of a page from what ``bench/results/load.json`` holds."""
    measured = results["measured"]
    yield (
        f"{measured['source']}; {measured['workers']} workers; {measured['anomalous']:.1%} of the records "
        f"are anomalies and stored. Medians of {measured['rounds']} rounds of {measured['seconds']} s. "
        f"Memory afterwards: {measured['pss_mb']:,.0f} MiB (PSS)."
    )
    yield ""
    yield (
        "| records in a request | connections | requests/s | records/s | p50 ms | p99 ms | errors "
        f"| x {TRAINING_SERVICE} |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for load in results["loads"]:
        yield (
            f"| {load['records']:,} | {load['connections']} | {load['requests_per_s']:,.1f} "
            f"| {load['records_per_s']:,.0f} | {load['p50_ms']:,.2f} | {load['p99_ms']:,.2f} "
            f"| {load['errors']:,} | {load['records_per_s'] / TRAINING_SERVICE:,.1f} |"
        )
    yield ""
    largest = max(load["records"] for load in results["loads"])
    best = max(load["records_per_s"] for load in results["loads"] if load["records"] == largest)
    met = "met" if best >= PROMISED * TRAINING_SERVICE else "**missed**"
    yield (
        f"{largest:,} records in a request: {best / TRAINING_SERVICE:,.0f} times the training service's "
        f"extractor ({TRAINING_SERVICE} records/s); promised {PROMISED}: {met}."
    )
