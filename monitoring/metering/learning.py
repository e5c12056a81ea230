"""The bins of a version: its package's, or made of the first rows that are seen."""

from monitoring import references
from monitoring.metering.meter import Meter


def learn(meter: Meter) -> None:
    """Versions whose bins are known by now are counted in them, the rows that waited included.

    Raises DatabaseError.
    """
    for version_id in meter.without_bins():
        bins = references.bins_for(version_id)
        rows = meter.waiting(version_id)
        if bins is None and rows is not None and len(rows.scores) >= references.ROWS_TO_LEARN:
            bins = references.learn(version_id, rows.features, rows.scores)
        if bins is not None:
            meter.adopt(version_id, bins)
