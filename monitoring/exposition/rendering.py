"""Samples as text: Prometheus' own format, or OpenMetrics for a scraper that asks for it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from monitoring.exposition.families import FAMILIES, Family, Kind
from monitoring.exposition.samples import Sample

if TYPE_CHECKING:
    from prometheus_client import Metric


class Gathered:
    """What the client library renders: a collector of these samples and nothing else."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._by_family: dict[Family, list[Sample]] = defaultdict(list)
        for one in samples:
            self._by_family[one.family].append(one)

    def collect(self) -> Iterator["Metric"]:
        """One metric for every family of the table, in its order."""
        for family in FAMILIES:
            if found := self._by_family.get(family):
                yield _metric(family, found)


def render(samples: Iterable[Sample], accept: str) -> tuple[bytes, str]:
    """Body and content type for a request with that ``Accept`` header."""
    # The client library brings a web server with it: only a process that is scraped pays for that.
    from prometheus_client.exposition import choose_encoder

    encoder, content_type = choose_encoder(accept)
    return encoder(Gathered(samples)), content_type


def _metric(family: Family, found: list[Sample]) -> "Metric":
    from prometheus_client import core

    labels = list(family.labels)
    if family.kind == Kind.HISTOGRAM:
        histogram = core.HistogramMetricFamily(family.name, family.help, labels=labels)
        for one in found:
            histogram.add_metric(one.labels, _buckets(family, one.numbers), sum_value=one.numbers[0])
        return histogram
    make = core.CounterMetricFamily if family.kind == Kind.COUNTER else core.GaugeMetricFamily
    metric = make(family.name, family.help, labels=labels)
    for one in found:
        metric.add_metric(one.labels, one.numbers[0])
    return metric


def _buckets(family: Family, numbers: tuple[float, ...]) -> list[tuple[str, float]]:
    """Edge and count of all values up to it, infinity last."""
    edges = [*map(str, family.bounds), "+Inf"]
    return list(zip(edges, accumulate(numbers[1:]), strict=True))
