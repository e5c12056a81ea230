"""Default schedules are made once, belong to the people afterwards, and name tasks that exist."""

from io import StringIO

import pytest
from django.core.management import call_command
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from modelhub import schedules
from modelhub.actors import Actor, Channel
from modelhub.audit.models import AuditEntry
from modelhub.celery import app
from modelhub.errors import NotFound

ACTOR = Actor("maria", Channel.COMMAND)


@pytest.mark.parametrize("task", [default.task for default in schedules.DEFAULTS])
def test_every_scheduled_task_exists(task: str) -> None:
    app.loader.import_default_modules()
    assert task in app.tasks


def test_names_are_unique() -> None:
    assert len({default.name for default in schedules.DEFAULTS}) == len(schedules.DEFAULTS)


@pytest.mark.django_db
def test_missing_schedules_are_made_once() -> None:
    assert len(schedules.ensure()) == len(schedules.DEFAULTS)
    assert schedules.ensure() == []
    seconds = {one.name: one.schedule.run_every.total_seconds() for one in PeriodicTask.objects.all()}
    assert seconds == {one.name: one.every_s for one in schedules.DEFAULTS}


@pytest.mark.django_db
def test_what_somebody_edited_stays_until_it_is_reset() -> None:
    schedules.ensure()
    slow = IntervalSchedule.objects.create(every=7, period=IntervalSchedule.DAYS)
    edited = PeriodicTask.objects.get(name="scan-sources")
    edited.interval, edited.enabled = slow, False
    edited.save()
    schedules.ensure()
    edited.refresh_from_db()
    assert (edited.interval, edited.enabled) == (slow, False)
    schedules.reset(["scan-sources"], ACTOR)
    edited.refresh_from_db()
    assert (edited.schedule.run_every.total_seconds(), edited.enabled) == (300, True)
    assert AuditEntry.objects.get().target == "scan-sources"


@pytest.mark.django_db
def test_a_name_that_is_no_default_resets_nothing() -> None:
    schedules.ensure()
    PeriodicTask.objects.update(enabled=False)
    with pytest.raises(NotFound):
        schedules.reset(["scan-sources", "nothing"], ACTOR)
    assert not PeriodicTask.objects.filter(enabled=True).exists()


@pytest.mark.django_db
def test_the_command_makes_lists_and_resets() -> None:
    def said(*arguments: str) -> str:
        out = StringIO()
        call_command("setupschedules", *arguments, stdout=out)
        return out.getvalue()

    assert "No schedules yet" in said("--list")
    assert "Made: scan-sources" in said()
    assert "there already" in said()
    assert "every 15 seconds" in said("--list")
    assert "Back to the default: check-store" in said("--reset", "check-store")


@pytest.mark.django_db
def test_an_own_schedule_is_never_touched() -> None:
    schedules.ensure()
    hourly = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    mine = PeriodicTask.objects.create(name="mine", task="x.y", interval=hourly)
    schedules.reset(None, ACTOR)
    mine.refresh_from_db()
    assert (mine.task, mine.interval) == ("x.y", hourly)
