"""The demo of an empty hub: the product's own commands, run in the order a person would."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.management import call_command

from modelhub.registry.models import ModelVersion
from modelhub.transfers.models import TrainingSource

SOURCE = "demo"
# A whole week, so that the weekend is part of what is usual.
TRAINING_HOURS, SCORED_HOURS = 7 * 24, 24
CONTAMINATION = "0.02"


def is_wanted(home: Path) -> bool:
    """True on an empty hub, and where an earlier demo was interrupted."""
    return _unfinished(home).exists() or not ModelVersion.objects.exists()


def run(home: Path, *, now: datetime, say: Callable[[str], None]) -> None:
    """After the call a trained model is imported and deployed, and a log with incidents is scored.

    Everything lies under ``home/demo``; ``now`` is the end of the scored log, so that the first page
    shows fresh anomalies. Safe to call again after an interruption.
    """
    folder = home / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    _unfinished(home).touch()
    training_log, live_log = folder / "training.jsonl", folder / "live.jsonl"
    models = folder / "training-service" / "models"
    scored_from = now - timedelta(hours=SCORED_HOURS)
    trained_from = scored_from - timedelta(hours=TRAINING_HOURS)
    label = f"{now.astimezone(UTC):%Y%m%d_%H%M%S}"

    def command(name: str, *arguments: str | Path) -> None:
        words = [str(argument) for argument in arguments]
        say(" ".join(["manage.py", name, *words]))
        call_command(name, *words)

    command(*_generate(training_log, start=trained_from, hours=TRAINING_HOURS, seed=1, incidents=0))
    command(*_generate(live_log, start=scored_from, hours=SCORED_HOURS, seed=2, incidents=6))
    trained = ("--out", models / label, "--label", label, "--contamination", CONTAMINATION)
    command("trainmodel", training_log, *trained)
    source, _ = TrainingSource.objects.get_or_create(name=SOURCE, defaults={"location": str(models.parent)})
    command("importmodel", f"models/{label}", "--source", source.name, "--deploy", "--reason", "first run")
    command("analyzelogs", live_log)
    _unfinished(home).unlink()


def _generate(
    out: Path, *, start: datetime, hours: int, seed: int, incidents: int
) -> tuple[str, *tuple[str | Path, ...]]:
    return (
        "generatelogs",
        *("--start", start.isoformat(timespec="seconds")),
        *("--hours", str(hours)),
        *("--seed", str(seed)),
        *("--incidents", str(incidents)),
        *("--out", out),
    )


def _unfinished(home: Path) -> Path:
    return home / "demo" / "unfinished"
