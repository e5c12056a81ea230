"""The store check finds what is missing, damaged or left over, and names the versions hit."""

import os

from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.registry import storecheck
from modelhub.registry.tasks import check_store
from tests.unit.modelhub.registry.conftest import MakeVersion


def test_an_intact_store_has_no_findings(make_version: MakeVersion) -> None:
    make_version("1")
    findings = storecheck.check()
    assert (findings.blobs, findings.damaged, findings.notes) == (1, (), ())


def test_a_missing_blob_names_its_version(make_version: MakeVersion) -> None:
    version = make_version("1")
    Store(conf.store_root()).remove(version.digest)
    findings = storecheck.check()
    assert findings.damaged == ("default:1: forest_tables is missing",)
    assert "the database is newer than the store" in findings.notes[0]


def test_a_changed_blob_names_its_version(make_version: MakeVersion) -> None:
    path = Store(conf.store_root()).path(make_version("1").digest)
    path.chmod(0o600)
    path.write_bytes(b"x")
    assert storecheck.check().damaged == ("default:1: forest_tables is damaged",)


def test_a_blob_of_an_interrupted_import_is_a_note_only(make_version: MakeVersion) -> None:
    make_version("1")
    orphan = Store(conf.store_root()).put(b"orphan")
    findings = storecheck.check()
    assert findings.damaged == ()
    assert f"1 blob(s) belong to no version ({orphan[:12]})" in findings.notes[0]
    assert "the database is older than the store" in findings.notes[0]


def test_the_scheduled_check_removes_old_orphans_and_keeps_what_a_version_needs(
    make_version: MakeVersion,
) -> None:
    store = Store(conf.store_root())
    kept, orphan = make_version("1").digest, store.put(b"orphan")
    for digest in (kept, orphan):
        os.utime(store.path(digest), (0, 0))
    assert check_store() == {"blobs": 2, "damaged": 0, "removed": 1}
    assert list(store.digests()) == [kept]
