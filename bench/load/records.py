"""The records that are sent: real HDFS lines beside the project, else lines of our own generator."""

import gzip
import json
import random
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from inference.generator import Plan, generate

_REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "logs" / "hdfs_2pct_events.jsonl.gz"
_FIELDS = ("timestamp", "host", "process_name", "level", "message")
BATCH = 1_000  # consecutive records that are trained on together, and the largest request
_BATCHES, _TRAINED = 220, 11  # every 11th is trained on, so that all hours of the log are known
_MOST_BODIES = 1_000


@dataclass(frozen=True, slots=True)
class Records:
    """Where the records come from, those that the model is trained on, and the others, which are sent."""

    source: str
    training: list[dict[str, Any]]
    load: list[dict[str, Any]]

    def bodies(self, size: int) -> list[bytes]:
        """Requests of ``size`` consecutive records each, at most 1,000, from all hours mixed."""
        starts = list(range(0, len(self.load) - size + 1, size))
        random.Random(1).shuffle(starts)  # some hours are full of anomalies; a short lap should see all kinds
        return [json.dumps(self.load[at : at + size]).encode() for at in starts[:_MOST_BODIES]]

    def write_training(self, path: Path) -> None:
        """The training records as a file that ``trainmodel`` reads."""
        path.write_text("".join(json.dumps(record) + "\n" for record in self.training))


def at_hand() -> Records:
    """220,000 records: real ones, else generated ones, without the labels."""
    wanted = _BATCHES * BATCH
    if _REAL.exists():
        with gzip.open(_REAL, "rt") as lines:
            found = [json.loads(line) for line in islice(lines, wanted)]
        source = "real HDFS lines (LogHub, 2 % sample)"
    else:
        found = [dict(line) for line in generate(Plan(lines=wanted, seed=1, incidents=60))]
        source = "generatelogs, seed 1"
    kept = [{name: record.get(name) for name in _FIELDS} for record in found]
    training, load = [], []
    for number in range(_BATCHES):
        batch = kept[number * BATCH : (number + 1) * BATCH]
        (load if number % _TRAINED else training).extend(batch)
    return Records(source, training, load)
