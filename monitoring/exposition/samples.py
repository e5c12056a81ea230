"""One number of a family under its labels. Pure."""

from dataclasses import dataclass

from monitoring.exposition.families import BY_NAME, Family


@dataclass(frozen=True, slots=True)
class Sample:
    """``labels`` in the order of the family's; ``numbers`` one value, or a histogram's sum and buckets."""

    family: Family
    labels: tuple[str, ...]
    numbers: tuple[float, ...]


def sample(name: str, labels: tuple[str, ...], number: float) -> Sample:
    """A single value of the family of that name, ``modelhub_`` left out."""
    return Sample(BY_NAME[f"modelhub_{name}"], labels, (number,))
