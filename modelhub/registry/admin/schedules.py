"""The scheduler's own tables in the admin's theme."""

from django.contrib import admin
from django_celery_beat import admin as stock  # registers its own first, so that ours can replace them
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from modelhub.console.admin import HubAdmin

for _model in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(_model)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(stock.PeriodicTaskAdmin, HubAdmin):
    """What runs by itself, and when it last did."""

    actions = stock.PeriodicTaskAdmin.actions
    list_display = ("name", "enabled", "interval", "last_run_at", "one_off")
    lead = "What the scheduler starts by itself, and when it last did."
    lead_label = "Add a schedule"
    empty_title = "No schedules yet"
    empty_text = "The product's own schedules appear when the scheduler starts for the first time."


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(HubAdmin):
    """Every so many seconds, minutes, hours or days."""


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(HubAdmin):
    """At fixed minutes, hours and days."""
