"""Which version was deployed at a time: one question, one row per registered model."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import Min
from django.utils import timezone

from modelhub.registry.models import Deployment, RegisteredModel

_PICKER = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a registered model served by decision then, or None; ``first`` is when it began to have one."""

    model: RegisteredModel
    deployment: Deployment | None
    first: datetime | None


class MomentForm(forms.Form):
    """The time that is asked about, in UTC."""

    time = forms.DateTimeField(
        input_formats=[_PICKER, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": "1", "class": "mh-input"}, format=_PICKER
        ),
        error_messages={
            "invalid": "That is no time. Write it as 2026-11-20 09:30.",
            "required": "Say which time, as 2026-11-20 09:30.",
        },
    )


def context(asked: Any) -> dict[str, Any]:
    """Template context for the query string ``asked``: the form, the time, a standing per model.

    Without a time it is now; with one that cannot be read there are no standings but the form's error.
    """
    if "time" not in asked:
        now = timezone.now().replace(microsecond=0)
        return {"form": MomentForm(initial={"time": now}), "moment": now, "standings": standings(now)}
    form = MomentForm(asked)
    if not form.is_valid():
        return {"form": form, "moment": None, "standings": []}
    moment = form.cleaned_data["time"].astimezone(UTC)
    return {"form": form, "moment": moment, "standings": standings(moment)}


def standings(moment: datetime) -> list[Standing]:
    """Every registered model by name with its deployment in force at that moment."""
    rows = Deployment.objects.in_force_at(moment).select_related("version__model", "model")
    found = {row.model_id: row for row in rows}
    models = RegisteredModel.objects.annotate(first=Min("deployments__deployed_at")).order_by("name")
    return [Standing(model, found.get(model.pk), model.first) for model in models]
