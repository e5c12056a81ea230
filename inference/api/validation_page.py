"""What the printable validation report shows beside the report itself: badges, figures and its picture."""

from collections.abc import Mapping
from typing import Any

from modelhub.console.tail import tail_of
from modelhub.registry.models import ModelVersion

WORDS = {"passed": "passed", "warning": "warning", "failed": "failed", "not_applicable": "nothing to check"}


def page(version: ModelVersion, report: Mapping[str, Any]) -> dict[str, Any]:
    """Template context of ``reports/validation.html``."""
    checks = report["quality"]["checks"]
    return {
        "report": report,
        "reference": version.reference,
        "percent": round(report["quality"]["score"] * 100),
        "counts": {name: sum(check["status"] == name for check in checks) for name in WORDS},
        "checks": [
            check | {"word": WORDS[check["status"]], "shown": shown(check["figures"])} for check in checks
        ],
        "tail": tail_of(version.calibration, version.threshold),
        "structure": report["package_structure"],
        "metadata": [(name.replace("_", " "), value) for name, value in facts(report["metadata"])],
        "metrics": sorted(version.metrics.items()) if isinstance(version.metrics, dict) else [],
    }


def shown(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Figures as (name, text); what is not given, and whole lists and objects, are left out or counted."""
    return [
        (name.replace("_", " "), _text(value))
        for name, value in figures.items()
        if value is not None and value not in ([], {}, "")
    ]


def facts(metadata: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The metadata as lines: scalars only, names of features counted elsewhere."""
    left_out = ("feature_names", "metrics", "environment")
    return [(name, value) for name, value in metadata.items() if name not in left_out]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value[:12]) + (
            f" and {len(value) - 12} more" if len(value) > 12 else ""
        )
    return str(value)
