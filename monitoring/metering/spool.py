"""Where a process that ends while the database is away leaves what it counted, for the next one to write."""

import base64
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from monitoring.metering import rows
from monitoring.metering.meter import Meter
from monitoring.models import InferenceMetric, MeteredProcess

SUFFIX = ".rows"


def save(meter: Meter, path: Path, *, started_at: datetime) -> None:
    """All that the database does not have lies in the file, whole or not at all. Raises OSError."""
    with meter.frozen() as (spans, totals):
        content = {
            "process": meter.process,
            "started_at": started_at.isoformat(),
            "recorded": {str(version): total.recorded for version, total in totals.items()},
            "metrics": [
                {"version_id": span.version_id, "start": rows.moment_of(span.minute).isoformat()}
                | {name: _plain(value) for name, value in rows.columns_of(span.counted).items()}
                for span in spans
            ],
        }
    draft = path.with_suffix(".draft")
    with draft.open("w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def read(path: Path) -> tuple[list[InferenceMetric], list[MeteredProcess]]:
    """The rows that :func:`save` left, nothing where it left none. Raises ValueError for a damaged file."""
    if not path.exists():
        return [], []
    content = json.loads(path.read_bytes())
    process, started_at = content["process"], datetime.fromisoformat(content["started_at"])
    metrics = [
        InferenceMetric(
            process=process,
            start=datetime.fromisoformat(stored.pop("start")),
            **{name: _value(name, value) for name, value in stored.items()},
        )
        for stored in content["metrics"]
    ]
    processes = [
        MeteredProcess(process=process, version_id=int(version), started_at=started_at, recorded=recorded)
        for version, recorded in content["recorded"].items()
    ]
    return metrics, processes


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _value(name: str, value: Any) -> Any:
    return base64.b64decode(value) if name in ("scores", "features") else value
