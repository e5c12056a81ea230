"""The newest package is told by content, over all sources; a refusal is not tried twice."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from modelhub.actors import Actor, Channel
from modelhub.errors import Code, PackageRefused, Unavailable
from modelhub.registry.models import ModelVersion
from modelhub.transfers.latest import import_latest
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages

ACTOR = Actor("maria", Channel.API)
pytestmark = pytest.mark.django_db


def trained(folder: Path, label: str, day: int, *, seed: int = 0) -> Path:
    """A package with its own content whose metadata names that day."""
    members = packages.service_members(label, seed=seed)
    metadata = packages.metadata(label, seed=seed)
    metadata["model_info"]["created_at"] = datetime(2026, 11, day, tzinfo=UTC).isoformat()
    return packages.write_folder(folder / label, members | {"metadata.json": packages.encoded(metadata)})


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    """Two directories that are sources."""
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        TrainingSource.objects.create(name=name, location=str(tmp_path / name))
    return tmp_path / "north", tmp_path / "south"


def test_the_newest_over_all_sources_comes_first_and_then_the_next(sources: tuple[Path, Path]) -> None:
    north, south = sources
    trained(north, "1", 1, seed=1)
    trained(south, "2", 2, seed=2)
    found = [import_latest(ACTOR).transfer for _ in range(3)]
    assert [row.origin if row else None for row in found] == ["2", "1", None]


def test_one_source_can_be_named(sources: tuple[Path, Path]) -> None:
    north, south = sources
    trained(north, "1", 1, seed=1)
    trained(south, "2", 2, seed=2)
    row = import_latest(ACTOR, source=TrainingSource.objects.get(name="north")).transfer
    assert row is not None
    assert row.origin == "1"


def test_content_that_came_another_way_is_not_new(sources: tuple[Path, Path]) -> None:
    north, south = sources
    trained(north, "1", 1)
    import_latest(ACTOR)
    packages.write_folder(south / "copy", {p.name: p.read_bytes() for p in (north / "1").iterdir()})
    found = import_latest(ACTOR)
    assert found.transfer is None
    assert [len(scan.candidates) for scan in found.scans] == [1, 1]


def test_a_refused_newest_is_an_error_once_and_passed_over_then(sources: tuple[Path, Path]) -> None:
    north, _ = sources
    trained(north, "1", 1)
    bad = trained(north, "2", 2, seed=2)
    (bad / "model.joblib").write_bytes(b"no pickle at all")
    with pytest.raises(PackageRefused) as refused:
        import_latest(ACTOR)
    assert refused.value.code == Code.PICKLE_CORRUPT
    assert Transfer.objects.get().code == Code.PICKLE_CORRUPT
    import_latest(ACTOR)
    assert ModelVersion.objects.get().label == "1"


def test_a_source_that_is_away_hides_no_other(sources: tuple[Path, Path]) -> None:
    north, south = sources
    trained(south, "1", 1)
    north.rmdir()
    found = import_latest(ACTOR)
    assert found.transfer is not None
    assert [bool(scan.problem) for scan in found.scans] == [True, False]


def test_no_source_that_answers_is_unavailable(sources: tuple[Path, Path]) -> None:
    for folder in sources:
        folder.rmdir()
    with pytest.raises(Unavailable) as away:
        import_latest(ACTOR)
    assert away.value.code == Code.SOURCE_UNAVAILABLE


def test_no_source_at_all_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        import_latest(ACTOR)
