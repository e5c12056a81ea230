"""``importlatest`` and ``prunetransfers``, as people call them."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from modelhub.registry.models import ModelVersion
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from tests.unit.modelhub.transfers.conftest import source  # noqa: F401 (fixture)

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def answered(*arguments: str) -> dict[str, Any]:
    return dict(json.loads(said(*arguments, "--json")))


def test_the_newest_is_imported_and_the_next_step_named(source: TrainingSource) -> None:  # noqa: F811
    text = said("importlatest", "--no-validate")
    assert "default:1.0.0 is imported from lab: a." in text
    assert "manage.py deploymodel default:1.0.0" in text
    assert not Transfer.objects.get().wants_validation


def test_nothing_new_is_no_failure(source: TrainingSource) -> None:  # noqa: F811
    said("importlatest", "--source", "lab")
    assert "Up to date" in said("importlatest")
    assert answered("importlatest")["status"] == "up_to_date"
    assert ModelVersion.objects.count() == 1


def test_no_source_that_answers_is_a_failure(source: TrainingSource) -> None:  # noqa: F811
    TrainingSource.objects.update(location="/nowhere/at/all")
    with pytest.raises(CommandError) as failed:
        said("importlatest")
    assert failed.value.returncode == 1


@pytest.fixture
def old(db: None) -> None:
    moment = timezone.now() - timedelta(days=40)
    row = {"actor": "m", "status": TransferStatus.REFUSED, "started_at": moment, "finished_at": moment}
    Transfer.objects.create(origin="a", **row)


@pytest.mark.usefixtures("old")
def test_old_attempts_are_counted_first_and_deleted_then() -> None:
    assert answered("prunetransfers", "--days", "30", "--dry-run")["deleted"] == 1
    assert Transfer.objects.exists()
    assert "1 attempt older than 30 days was deleted" in said("prunetransfers", "--days", "30")
    assert not Transfer.objects.exists()


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("days", ["0", "-1", "999999999"])
def test_days_that_make_no_sense_delete_nothing(days: str) -> None:
    with pytest.raises(CommandError):
        said("prunetransfers", f"--days={days}")
    assert Transfer.objects.exists()


@pytest.mark.usefixtures("old")
def test_everything_goes_when_that_is_confirmed() -> None:
    said("prunetransfers", "--days", "0", "--confirm")
    assert not Transfer.objects.exists()
