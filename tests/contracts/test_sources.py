"""Every kind of training source keeps the same promises; a new kind adds one setting to the table."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from modelhub.artifacts.limits import DEFAULT, Limits
from modelhub.artifacts.listing import ListedPackage
from modelhub.errors import Code, ModelhubError, PathRefused, SystemFault
from modelhub.transfers.choices import SourceKind
from modelhub.transfers.sources.base import Access, Source
from modelhub.transfers.sources.catalog import KINDS
from tests import packages
from tests.fakes.mlflow_registry import logged, mlflow_registry, mlmodel
from tests.fakes.training_service import training_service


@dataclass(frozen=True, slots=True)
class Setting:
    """A place of one kind with a good package at ``path`` and a bad one at ``bad``, and one that is away."""

    location: str
    path: str
    bad: str
    away: str


@contextmanager
def a_directory(folder: Path) -> Iterator[Setting]:
    root = folder / "models"
    packages.write_folder(root / "1.0.0", packages.service_members())
    packages.write_folder(root / "2.0.0", {"model.joblib": b"x"})
    yield Setting(str(root), "1.0.0", "2.0.0", str(folder / "nowhere"))


@contextmanager
def a_service(folder: Path) -> Iterator[Setting]:
    with training_service() as service:
        service.add("1.0.0", deployed=True)
        service.add("2.0.0", deployed=True).members = {"README.md": b"nothing else"}
        yield Setting(service.url, "1.0.0", "2.0.0", "http://127.0.0.1:9")


@contextmanager
def a_registry(folder: Path) -> Iterator[Setting]:
    with mlflow_registry() as registry:
        registry.add("wifi", "1")
        registry.add("wifi", "2", files={"MLmodel": mlmodel("gone.pkl")})
        registry.add("sshd", "1", files=logged(serialization="skops", seed=1))
        yield Setting(registry.url, "wifi/1", "wifi/2", "http://127.0.0.1:9")


SETTINGS: dict[SourceKind, Callable[[Path], AbstractContextManager[Setting]]] = {
    SourceKind.DIRECTORY: a_directory,
    SourceKind.SERVICE: a_service,
    SourceKind.MLFLOW: a_registry,
}


@pytest.fixture(params=list(SourceKind), ids=str)
def kind(request: pytest.FixtureRequest) -> SourceKind:
    return SourceKind(request.param)


@pytest.fixture
def setting(kind: SourceKind, tmp_path: Path) -> Iterator[Setting]:
    with SETTINGS[kind](tmp_path) as place:
        yield place


@pytest.fixture
def source(kind: SourceKind, setting: Setting) -> Source:
    return KINDS[kind](Access(setting.location, may_deploy=True))


@pytest.fixture
def away(kind: SourceKind, setting: Setting) -> Source:
    return KINDS[kind](Access(setting.away, may_deploy=True))


def listed(source: Source) -> dict[str, ListedPackage]:
    return {"/".join(package.segments): package for package in source.listing(limits=DEFAULT)}


def test_every_kind_of_the_model_has_a_source() -> None:
    assert set(KINDS) == set(SourceKind) == set(SETTINGS)


def test_the_listing_shows_every_package_by_the_path_it_is_imported_by(
    source: Source, setting: Setting
) -> None:
    assert {setting.path, setting.bad} <= set(listed(source))


def test_a_package_is_known_by_content_or_by_the_sources_word(source: Source, setting: Setting) -> None:
    package = listed(source)[setting.path]
    assert bool(package.digest) != bool(package.identity)


def test_the_lineage_names_the_package_as_the_listing_does(source: Source, setting: Setting) -> None:
    assert source.lineage(setting.path).get("identity", "") == listed(source)[setting.path].identity


def test_a_package_says_when_it_was_made(source: Source, setting: Setting) -> None:
    assert listed(source)[setting.path].created_at is not None


def test_the_count_is_that_of_the_listing(source: Source) -> None:
    assert source.count() == len(listed(source))


def test_staging_leaves_hashed_members_in_the_folder(
    source: Source, setting: Setting, tmp_path: Path
) -> None:
    staged = source.stage(setting.path, tmp_path / "into", limits=DEFAULT)
    assert {"model.joblib", "metadata.json"} <= set(staged.files)
    assert all(file.path.stat().st_size == file.size for file in staged.files.values())


def test_staging_twice_gives_the_same_bytes(source: Source, setting: Setting, tmp_path: Path) -> None:
    one, two = (source.stage(setting.path, tmp_path / name, limits=DEFAULT) for name in ("one", "two"))
    assert {n: f.sha256 for n, f in one.files.items()} == {n: f.sha256 for n, f in two.files.items()}


def test_a_bad_package_is_refused_and_leaves_nothing(
    source: Source, setting: Setting, tmp_path: Path
) -> None:
    with pytest.raises(ModelhubError) as caught:
        source.stage(setting.bad, tmp_path / "into", limits=DEFAULT)
    assert caught.value.code is Code.PACKAGE_MISSING_FILE
    assert list((tmp_path / "into").glob("*")) == []


def test_a_package_above_the_limit_is_refused_and_leaves_nothing(
    source: Source, setting: Setting, tmp_path: Path
) -> None:
    small = Limits(package_bytes=1000, model_bytes=1000)
    with pytest.raises(ModelhubError):
        source.stage(setting.path, tmp_path / "into", limits=small)
    assert list((tmp_path / "into").glob("*")) == []


def test_a_source_holds_what_it_lists_and_nothing_else(source: Source, setting: Setting) -> None:
    assert source.holds(setting.path)
    assert not source.holds(setting.path.replace("1", "77"))


def test_an_unknown_package_is_not_found(source: Source, setting: Setting, tmp_path: Path) -> None:
    with pytest.raises(PathRefused) as caught:
        source.stage(setting.path.replace("1", "77"), tmp_path / "into", limits=DEFAULT)
    assert caught.value.code is Code.PACKAGE_NOT_FOUND


@pytest.mark.parametrize(
    "path", ["../x", "a/../b", "http://169.254.169.254/", "1%2e0", "", "a\x00b", "/", "x/" * 9, "１"]
)
def test_a_malformed_path_is_refused_before_anything_is_opened(
    source: Source, path: str, tmp_path: Path
) -> None:
    with pytest.raises(PathRefused) as caught:
        source.stage(path, tmp_path / "into", limits=DEFAULT)
    assert caught.value.code is Code.PATH_INVALID


def test_a_source_that_is_away_says_so(away: Source) -> None:
    for ask in (lambda: away.listing(limits=DEFAULT), away.count):
        with pytest.raises(SystemFault) as caught:
            ask()
        assert caught.value.code is Code.SOURCE_UNAVAILABLE


def test_a_source_that_is_away_stages_nothing(away: Source, setting: Setting, tmp_path: Path) -> None:
    with pytest.raises(SystemFault) as caught:
        away.stage(setting.path, tmp_path / "into", limits=DEFAULT)
    assert caught.value.code is Code.SOURCE_UNAVAILABLE
    assert list((tmp_path / "into").glob("*")) == []
