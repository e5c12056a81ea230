"""A training source with a package, and a broker that only remembers what it was told."""

from pathlib import Path

import pytest

from modelhub import broker
from modelhub.transfers.models import TrainingSource
from tests import packages


@pytest.fixture
def source(db: None, tmp_path: Path) -> TrainingSource:
    """A directory with the package ``a``."""
    packages.write_folder(tmp_path / "lab" / "a", packages.service_members("1.0.0"))
    return TrainingSource.objects.create(name="lab", location=str(tmp_path / "lab"))


class Told:
    """Messages in the order in which they were sent; ``is_away`` plays a broker that is down."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.is_away = False

    def __call__(self, task: str, args: tuple[int, ...] = (), *_: object, **__: object) -> bool:
        if not self.is_away:
            self.ids.append(args[0])
        return not self.is_away


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """The broker's place is taken; no message leaves."""
    told = Told()
    monkeypatch.setattr(broker, "tell", told)
    return told
