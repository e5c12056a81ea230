"""Every attempt ends in a row, also when it fails in a way nobody foresaw, and leaves nothing behind."""

import errno
import io
import threading
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.db import connection, connections

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts import quarantine
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import Role
from modelhub.errors import Code, InputInvalid, ModelhubError, StorageFull, SystemFault, Unavailable
from modelhub.registry import gates
from modelhub.registry.models import ModelVersion, RegisteredModel
from modelhub.transfers import costs, staging
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.importing import STEPS, import_local, import_upload
from modelhub.transfers.models import Transfer
from tests import packages

ACTOR = Actor("tester", Channel.COMMAND)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return packages.write_folder(tmp_path / "1.0.0", packages.service_members())


def failing(error: BaseException) -> Any:
    def convert(*args: Any, **kwargs: Any) -> NoReturn:
        raise error

    return convert


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ValueError("secret text"), SystemFault, Code.INTERNAL),
        (OSError(errno.ENOSPC, "No space left on device", "/secret/path"), StorageFull, Code.STORAGE_FULL),
    ],
)
def test_an_unforeseen_fault_is_a_failed_row_without_its_text(
    error: Exception, kind: type[ModelhubError], code: Code, package: Path
) -> None:
    with pytest.raises(kind) as raised:
        import_local(package, ACTOR, convert=failing(error))
    row = Transfer.objects.get()
    assert raised.value.facts == {"transfer_id": row.pk}
    assert (row.status, row.code, row.step) == (TransferStatus.FAILED, code, "quarantine")
    assert "secret" not in row.detail
    assert row.duration_s is not None
    nothing_is_left()


@pytest.mark.django_db
def test_an_interrupt_is_told_on_the_row(package: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        import_local(package, ACTOR, convert=failing(KeyboardInterrupt()))
    assert Transfer.objects.get().status == TransferStatus.INTERRUPTED
    nothing_is_left()


@pytest.mark.django_db
def test_a_known_content_is_never_converted_again(package: Path) -> None:
    first = import_local(package, ACTOR)
    again = import_local(package, ACTOR, convert=failing(AssertionError("converted again")))
    assert (again.status, again.version) == (TransferStatus.UNCHANGED, first.version)


@pytest.mark.django_db
@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_a_damaged_version_is_repaired_by_importing_its_package_again(harm: str, package: Path) -> None:
    version = import_local(package, ACTOR).version
    assert version is not None
    artifact = version.artifacts.get(role=Role.FOREST_TABLES)
    blob = Store(conf.store_root()).path(artifact.sha256)
    blob.chmod(0o600)
    blob.write_bytes(b"x") if harm == "changed" else blob.unlink()
    assert "missing or damaged" in gates.intact(version)
    row = import_local(package, ACTOR)
    assert (row.status, row.version, row.is_repair) == (TransferStatus.IMPORTED, version, True)
    assert gates.intact(version) == ""
    assert ModelVersion.objects.count() == 1
    assert import_local(package, ACTOR).status == TransferStatus.UNCHANGED


@pytest.mark.django_db
def test_a_damaged_manifest_is_let_go_when_the_package_comes_back_without_one(tmp_path: Path) -> None:
    version = import_local(
        packages.write_zip(tmp_path / "a.zip", packages.deployment_members()), ACTOR
    ).version
    assert version is not None
    Store(conf.store_root()).remove(version.artifacts.get(role=Role.MANIFEST).sha256)
    row = import_local(packages.write_folder(tmp_path / "1.0.0", packages.service_members()), ACTOR)
    assert (row.version, row.is_repair) == (version, True)
    assert gates.intact(version) == ""
    assert not version.artifacts.filter(role=Role.MANIFEST).exists()


@pytest.mark.django_db
def test_a_full_disk_at_the_first_folder_is_a_failed_row(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device", "/secret/path")

    monkeypatch.setattr(staging, "open_area", full)
    with pytest.raises(StorageFull):
        import_local(package, ACTOR)
    row = Transfer.objects.get()
    assert (row.status, row.code) == (TransferStatus.FAILED, Code.STORAGE_FULL)


@pytest.mark.django_db
def test_one_import_too_many_is_told_to_come_back_and_keeps_its_row(package: Path) -> None:
    with costs.slot(), costs.slot(), pytest.raises(Unavailable) as busy:
        import_local(package, ACTOR)
    assert busy.value.code == Code.IMPORT_BUSY
    kept = Transfer.objects.get()
    assert (kept.status, kept.code) == (TransferStatus.FAILED, Code.IMPORT_BUSY)
    assert import_local(package, ACTOR).status == TransferStatus.IMPORTED


@pytest.mark.django_db
def test_every_step_is_told_in_order(package: Path) -> None:
    steps: list[str] = []
    import_local(package, ACTOR, on_step=steps.append)
    assert tuple(steps) == STEPS


@pytest.mark.django_db
def test_a_taken_label_is_refused_before_the_conversion(package: Path, tmp_path: Path) -> None:
    import_local(package, ACTOR)
    other = packages.write_folder(tmp_path / "other", packages.service_members(seed=1))
    with pytest.raises(ModelhubError) as refused:
        import_local(other, ACTOR, convert=failing(AssertionError("converted")))
    assert refused.value.code == Code.VERSION_CONFLICT
    assert Transfer.objects.first().digest  # type: ignore[union-attr]


@pytest.mark.django_db
def test_a_bad_model_name_is_no_attempt(package: Path) -> None:
    with pytest.raises(InputInvalid):
        import_local(package, ACTOR, model_name="a b")
    assert not Transfer.objects.exists()


@pytest.mark.django_db
def test_a_name_that_a_database_refuses_is_kept_readable() -> None:
    with pytest.raises(ModelhubError):
        import_upload(io.BytesIO(b"no zip"), "a\x00\udc80b" * 900, ACTOR)
    origin = Transfer.objects.get().origin
    assert origin.startswith("a�?b")
    assert len(origin) == 1024


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_content_at_once_end_with_one_version(package: Path) -> None:
    barrier = threading.Barrier(2)
    statuses: list[str] = []

    # Both have passed every check when the first one registers.
    def both(*args: Any, **kwargs: Any) -> Any:
        conversion = quarantine.convert(*args, **kwargs)
        barrier.wait(60)
        return conversion

    def run() -> None:
        try:
            statuses.append(import_local(package, ACTOR, convert=both).status)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [TransferStatus.IMPORTED, TransferStatus.UNCHANGED]
    assert ModelVersion.objects.count() == 1
    known = ModelVersion.objects.get().artifacts.values_list("sha256", flat=True)
    assert Store(conf.store_root()).check(known).orphans == ()
    connection.close()


def nothing_is_left() -> None:
    assert [path.name for path in conf.staging_root().iterdir()] == [".guard"]
    assert list(Store(conf.store_root()).digests()) == []
    assert not ModelVersion.objects.exists()
    assert not RegisteredModel.objects.exists()
