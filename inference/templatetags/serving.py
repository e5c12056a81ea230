"""Panels of the overview that only this app can fill: serving processes and the last scoring jobs."""

from typing import Any

from django import template

from inference.agreement import agreement
from inference.models import BatchJob, Replica

register = template.Library()
LAST_JOBS = 5


@register.simple_tag
def serving_processes() -> dict[int, list[dict[str, Any]]]:
    """Processes by id of their registered model, each with its (word, tone); one query for all models."""
    found: dict[int, list[dict[str, Any]]] = {}
    for replica in Replica.objects.select_related("model", "version__model"):
        word, tone = agreement(replica, wanted=replica.model.generation)
        found.setdefault(replica.model_id, []).append({"replica": replica, "word": word, "tone": tone})
    return found


@register.filter
def of_model(processes: dict[int, list[dict[str, Any]]], model: Any) -> list[dict[str, Any]]:
    """The processes of one registered model."""
    return processes.get(model.pk, [])


@register.simple_tag
def last_jobs() -> list[BatchJob]:
    """The newest scoring jobs with their versions."""
    return list(BatchJob.objects.select_related("version__model")[:LAST_JOBS])
