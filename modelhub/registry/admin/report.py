"""Everything the page of one version shows, gathered in a constant number of queries."""

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from modelhub.console.pages import Fact
from modelhub.console.tail import tail_of
from modelhub.registry.admin.standing import buttons, standing
from modelhub.registry.models import ModelVersion

THRESHOLD_SOURCES = {
    "manifest": "from the deployment manifest",
    "metadata": "from the package's metadata",
    "offset": "the detector's own offset",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure the package declares; ``value`` None means the package gave none."""

    name: str
    value: Any


def report(version: ModelVersion, user: Any) -> dict[str, Any]:
    """Template context of the version page; ``user`` decides which operations are offered."""
    aliases = [alias.name for alias in version.aliases.all()]
    return {
        "badges": standing(version) + [(f"@{name}", "info") for name in aliases],
        "buttons": buttons(version, user),
        "facts": what_it_is(version),
        "tail": tail_of(version.calibration, version.threshold),
        "metrics": [Metric(name.replace("_", " "), value) for name, value in sorted(version.metrics.items())],
        "notes": warnings(version.notes),
        "artifacts": version.artifacts.all(),
        "transfers": version.transfers.select_related("source")[:20],
        "deployments": version.deployments.select_related("previous__model")[:20],
        "events": version.events.all()[:20],
        "trained_with": sorted(version.environment.items()),
        "anomalies_href": f"{reverse('admin:monitoring_anomaly_changelist')}?version__id__exact={version.pk}",
    }


def what_it_is(version: ModelVersion) -> list[Fact]:
    """The version in plain words, claims marked as such."""
    source = THRESHOLD_SOURCES.get(version.threshold_source, version.threshold_source)
    return [
        Fact("Estimator", version.estimator, hint="Class found in the package, as measured."),
        Fact("Declared type", version.declared_type, hint="What the package claims."),
        Fact("Scaler", version.scaler),
        Fact("Runs on", version.get_runtime_display()),
        Fact("Feature set", version.feature_set or "none: scores feature matrices only"),
        Fact("Threshold", f"{version.threshold:.6g}", hint=f"{source}; higher scores are more anomalous."),
        Fact("Training records", version.training_samples),
        Fact("Trained", version.trained_at, hint="As the package says."),
        Fact("Imported", version.imported_at),
        Fact("Size", filesizeformat(version.size_bytes).replace("\xa0", " ")),
        Fact("Content digest", version.digest, code=True),
    ]


def warnings(notes: Any) -> list[Fact]:
    """Import notes as (what, sentence); tolerant, because old rows may hold less."""
    found = [note for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []
    return [
        Fact(str(note.get("code", "note")).replace("_", " ").capitalize(), note.get("detail", ""))
        for note in found
    ]
