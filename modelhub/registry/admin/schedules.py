"""What runs by itself: when it last did, when it does next, and a button that starts it now."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_celery_beat import admin as stock  # registers its own first, so that ours can replace them
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from modelhub import broker
from modelhub.audit import trail
from modelhub.audit.admin.recorded import Recorded
from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badge
from modelhub.console.columns import moment
from modelhub.console.pages import actor

_RECORDED = ("task", "enabled", "interval_id", "crontab_id", "args", "kwargs", "one_off")
# Nobody waits longer for what they started by hand.
_EXPIRES_S = 3600

for _model in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(_model)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(stock.PeriodicTaskAdmin, HubAdmin):
    """What runs by itself, and when it last did."""

    actions = None
    list_display = ("name", "purpose", "rhythm", "state", moment("last_run_at", "last run"), "run_link")
    list_filter = ("enabled",)
    search_fields = ("name", "task", "description")
    ordering = ("name",)
    lead = "What the scheduler starts by itself, and when it last did. Each one can be started at once."
    lead_label = "Add a schedule"
    empty_title = "No schedules yet"
    empty_text = "script/up makes the product's own schedules. To make them now: manage.py setupschedules"

    def get_urls(self) -> list[Any]:
        run = self.admin_site.admin_view(self.run_view)
        return [path("<int:pk>/run/", run, name="schedule_run"), *super().get_urls()]

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks; POST tells a worker to do the work now, whether the schedule is enabled or not."""
        self.demand(request, "django_celery_beat.change_periodictask")
        schedule = get_object_or_404(PeriodicTask, pk=pk)
        if request.method != "POST":
            context = {"original": schedule, "title": f"Run {schedule.name}", "schedule": schedule}
            return self.page(request, "admin/console/schedule_run.html", context)
        sent = broker.tell(schedule.task, *_arguments(schedule), expires_s=_EXPIRES_S)
        with transaction.atomic():
            trail.record(
                "schedule.run",
                schedule.name,
                actor(request),
                outcome=trail.Outcome.DONE if sent else trail.Outcome.FAILED,
                detail="" if sent else "The broker did not answer.",
                after={"task": schedule.task},
            )
        if sent:
            messages.success(
                request, f"{schedule.name} was started. A worker does it as soon as one is free."
            )
        else:
            messages.error(
                request, f"{schedule.name} was not started: the broker does not answer. Try again."
            )
        return redirect(reverse("admin:django_celery_beat_periodictask_changelist"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The row is saved, and the trail has what it was and is."""
        before = PeriodicTask.objects.filter(pk=obj.pk).values(*_RECORDED).first() if change else None
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            after = {name: getattr(obj, name) for name in _RECORDED}
            verb = "schedule.change" if change else "schedule.create"
            trail.record(verb, obj.name, actor(request), before=before, after=after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """The row is gone, and the trail has what it was."""
        before = {name: getattr(obj, name) for name in _RECORDED}
        with transaction.atomic():
            super().delete_model(request, obj)
            trail.record("schedule.delete", obj.name, actor(request), before=before)

    @admin.display(description="what it does", ordering="description")
    def purpose(self, schedule: PeriodicTask) -> str:
        return str(schedule.description or schedule.task)

    @admin.display(description="runs")
    def rhythm(self, schedule: PeriodicTask) -> SafeString:
        return format_html('<span class="mh-nowrap">{}</span>', schedule.scheduler or "never")

    @admin.display(description="state", ordering="enabled")
    def state(self, schedule: PeriodicTask) -> SafeString:
        return badge("on", "good") if schedule.enabled else badge("off", "mute")

    @admin.display(description="")
    def run_link(self, schedule: PeriodicTask) -> SafeString:
        return format_html(
            '<a class="mh-link mh-nowrap" href="{}">Run now</a>',
            reverse("admin:schedule_run", args=[schedule.pk]),
        )


def _arguments(schedule: PeriodicTask) -> tuple[list[Any], dict[str, Any]]:
    """What the task is called with; arguments that cannot be read are none."""
    try:
        return list(json.loads(schedule.args or "[]")), dict(json.loads(schedule.kwargs or "{}"))
    except (ValueError, TypeError):
        return [], {}


def _rhythm(row: Any) -> dict[str, Any]:
    """When it is, and which schedules run by it: they change with it, and go with it when it is deleted."""
    return {"when": str(row), "schedules": sorted(row.periodictask_set.values_list("name", flat=True))}


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(Recorded, HubAdmin):
    """Every so many seconds, minutes, hours or days."""

    topic = "rhythm"
    facts = staticmethod(_rhythm)


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(Recorded, HubAdmin):
    """At fixed minutes, hours and days."""

    topic = "rhythm"
    facts = staticmethod(_rhythm)
