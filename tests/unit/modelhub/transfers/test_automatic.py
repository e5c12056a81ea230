"""Sources that import by themselves queue what is new: once, never what was refused, never deployed."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from modelhub.registry.models import Deployment, ModelVersion
from modelhub.transfers import automatic, discovery, queue, working
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages
from tests.unit.modelhub.transfers.test_latest import trained

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("told")]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "lab").mkdir()
    TrainingSource.objects.create(name="lab", location=str(tmp_path / "lab"), auto_import=True)
    return tmp_path / "lab"


def scanned() -> list[str]:
    """Origins queued by one scan, in the order of the queue."""
    queued = automatic.queue_new(discovery.look(TrainingSource.objects.get()))
    return [row.origin for row in queued]


def work_off() -> None:
    for row in Transfer.objects.filter(status=TransferStatus.QUEUED).order_by("id"):
        working.work(row.pk)


def test_new_packages_are_queued_in_the_order_of_their_training(place: Path) -> None:
    trained(place, "b", 1, seed=1)
    trained(place, "a", 2, seed=2)
    assert scanned() == ["b", "a"]
    row = Transfer.objects.latest("id")
    assert (row.actor, row.channel, row.wants_validation) == ("auto-import", "schedule", True)


def test_a_source_that_does_not_say_so_imports_nothing_by_itself(place: Path) -> None:
    trained(place, "a", 1)
    TrainingSource.objects.update(auto_import=False)
    assert scanned() == []


def test_what_waits_is_not_queued_twice(place: Path) -> None:
    trained(place, "a", 1)
    assert scanned() == ["a"]
    assert scanned() == []


def test_what_was_imported_is_not_queued_again_and_nothing_is_deployed(place: Path) -> None:
    trained(place, "a", 1)
    scanned()
    work_off()
    assert ModelVersion.objects.count() == 1
    assert scanned() == []
    assert not Deployment.objects.exists()


def test_what_was_refused_is_not_tried_again(place: Path) -> None:
    (trained(place, "a", 1) / "model.joblib").write_bytes(b"no pickle at all")
    scanned()
    work_off()
    assert Transfer.objects.get().status == TransferStatus.REFUSED
    assert scanned() == []


def test_a_cancelled_import_stays_cancelled(place: Path) -> None:
    trained(place, "a", 1)
    scanned()
    queue.cancel(Transfer.objects.get(), automatic.ACTOR)
    assert scanned() == []


def test_a_new_content_at_a_refused_place_is_tried(place: Path) -> None:
    folder = trained(place, "a", 1)
    good = (folder / "model.joblib").read_bytes()
    (folder / "model.joblib").write_bytes(b"no pickle at all")
    scanned()
    work_off()
    (folder / "model.joblib").write_bytes(good)
    assert scanned() == ["a"]


def test_a_failure_on_our_side_is_tried_three_times_a_day(place: Path) -> None:
    trained(place, "a", 1)
    for _ in range(automatic.MOST_FAILURES):
        assert scanned() == ["a"]
        Transfer.objects.filter(status=TransferStatus.QUEUED).update(status=TransferStatus.FAILED)
    assert scanned() == []
    Transfer.objects.update(started_at=timezone.now() - timedelta(days=2))
    assert scanned() == ["a"]


def test_a_full_source_is_taken_in_portions_newest_first(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automatic, "MOST_AT_ONCE", 2)
    for day in (1, 2, 3):
        trained(place, str(day), day, seed=day)
    assert scanned() == ["2", "3"]
    assert scanned() == ["1"]


def test_a_broken_package_is_no_candidate(place: Path) -> None:
    packages.write_folder(place / "x", packages.service_members("9") | {"metadata.json": b"{"})
    assert scanned() == []
