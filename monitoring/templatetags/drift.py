"""The newest drift check of a version, for the panels that other pages include."""

from typing import Any

from django import template

from modelhub.registry.models import ModelVersion
from monitoring import drift_checks
from monitoring.drift.result import Verdict

register = template.Library()
_TONES = {Verdict.NO_DRIFT: "good", Verdict.DRIFT: "bad", Verdict.INSUFFICIENT_DATA: "mute"}


@register.simple_tag
def newest_drift_check(version: ModelVersion) -> dict[str, Any] | None:
    """The newest check with its verdict as word and tone; None where the version was never checked."""
    row = drift_checks.latest([version.pk]).get(version.pk)
    if row is None:
        return None
    return {"row": row, "word": str(row.get_verdict_display()).lower(), "tone": _TONES[Verdict(row.verdict)]}
