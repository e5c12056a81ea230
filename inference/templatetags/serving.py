"""Panels of the overview that only this app can fill: serving processes and the last scoring jobs."""

from typing import Any

from django import template

from inference.models import BatchJob
from inference.serving.agreement import agreement
from inference.serving.convergence import Serving, standing

register = template.Library()
LAST_JOBS = 5


@register.simple_tag
def serving_processes() -> dict[int, Serving]:
    """Who serves each registered model, by its id; three queries for all of them."""
    return {serving.model.pk: serving for serving in standing()}


@register.filter
def of_model(processes: dict[int, Serving], model: Any) -> Serving:
    """Who serves that model."""
    return processes.get(model.pk) or Serving(model, None)


@register.simple_tag
def serving_of(model: Any) -> Serving:
    """Who serves one registered model."""
    return standing(model.name)[0]


@register.filter
def badges_of(serving: Serving) -> list[dict[str, Any]]:
    """The processes, each with its (word, tone)."""
    found = []
    for replica in serving.replicas:
        word, tone = agreement(replica, wanted=serving.model.generation)
        found.append({"replica": replica, "word": word, "tone": tone})
    return found


@register.simple_tag
def last_jobs() -> list[BatchJob]:
    """The newest scoring jobs with their versions."""
    return list(BatchJob.objects.select_related("version__model")[:LAST_JOBS])
