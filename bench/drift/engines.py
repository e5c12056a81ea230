"""What each engine does of the work: prepared once, then timed; imports are the engine's own affair."""

from collections.abc import Callable
from typing import Any

from bench.drift import workload
from bench.drift.workload import Matrix

Answer = dict[str, Any]
Run = Callable[[Matrix], Answer]


def modelhub(reference: Matrix) -> Run:
    """Count the current rows in the stored cells; KS or chi-square, PSI, Wasserstein, correction, verdict."""
    import numpy as np

    from monitoring.drift.comparison import Sample, compare
    from monitoring.drift.profile import Profile

    stored = Profile.learn(reference, workload.NAMES).to_bytes()

    def run(current: Matrix) -> Answer:
        profile = Profile.from_bytes(stored)
        now = profile.empty().add(current)
        result = compare(Sample(profile, None, 0, profile.rows), Sample(now, None, 0, now.rows))
        distances = [
            float(np.abs(np.cumsum(a[:-1]) / profile.rows - np.cumsum(b[:-1]) / now.rows).max())
            for a, b in zip(profile.counts, now.counts, strict=True)
        ]
        drifted = [one.result.name for one in result.features if one.verdict == "drift"]
        return {"drifted": drifted, "ks": distances, "bytes_per_column": len(stored) / workload.COLUMNS}

    return run


def scipy_ks(reference: Matrix) -> Run:
    """ks_2samp of each column's raw samples, asymptotic p value."""
    from scipy import stats

    def run(current: Matrix) -> Answer:
        found = [
            stats.ks_2samp(reference[:, place], current[:, place], method="asymp")
            for place in range(workload.COLUMNS)
        ]
        drifted = [
            name
            for name, one in zip(workload.NAMES, found, strict=True)
            if one.pvalue < 0.05 / workload.COLUMNS
        ]
        return {"drifted": drifted, "ks": [float(one.statistic) for one in found]}

    return run


def scipy_wasserstein(reference: Matrix) -> Run:
    """wasserstein_distance of each column's raw samples in its standard deviations; drift from 0.1 on."""
    from scipy import stats

    def run(current: Matrix) -> Answer:
        columns = range(workload.COLUMNS)
        found = [
            stats.wasserstein_distance(reference[:, place], current[:, place]) / reference[:, place].std()
            for place in columns
        ]
        return {"drifted": [workload.NAMES[place] for place in columns if found[place] >= 0.1]}

    return run


def evidently(reference: Matrix) -> Run:
    """The report of DataDriftPreset with its defaults, from data frames, as its documentation shows it."""
    import pandas  # type: ignore[import-untyped]
    from evidently import Report  # type: ignore[import-not-found]
    from evidently.presets import DataDriftPreset  # type: ignore[import-not-found]

    before = pandas.DataFrame(reference, columns=workload.NAMES)

    def run(current: Matrix) -> Answer:
        now = pandas.DataFrame(current, columns=workload.NAMES)
        snapshot = Report([DataDriftPreset()]).run(now, before)
        return {"drifted": _drifted(snapshot.dict())}

    return run


def _drifted(report: dict[str, Any]) -> list[str]:
    """Columns whose normed Wasserstein distance, the default for so many rows, reaches the default 0.1."""
    found = []
    for metric in report["metrics"]:
        about = metric.get("config", {})
        if about.get("column") in workload.NAMES and float(metric["value"]) >= about.get("threshold", 0.1):
            found.append(about["column"])
    return found


ENGINES: dict[str, Callable[[Matrix], Run]] = {
    "modelhub": modelhub,
    "scipy-ks": scipy_ks,
    "scipy-wasserstein": scipy_wasserstein,
    "evidently": evidently,
}
