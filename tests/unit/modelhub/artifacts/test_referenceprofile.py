"""A package's profile of its training rows: used where it fits, noted where not, never a reason to fail."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelhub.artifacts import referenceprofile
from modelhub.artifacts.types import Note, StagedFile, StagedPackage
from modelhub.errors import Code, PackageRefused
from monitoring.drift import packaged
from monitoring.drift.profile import Profile
from tests import packages

NAMES = ("a", "b")
SHORT = {"rows": 9, "quantiles": [0, 0.5, 1], "features": {"a": [1, 2, 3], "b": [0, 0, 4]}}


def _notes(tmp_path: Path, content: bytes) -> tuple[Note, ...]:
    path = tmp_path / "reference_profile.json"
    path.write_bytes(content)
    file = StagedFile(path.name, path, "0" * 64, len(content))
    return referenceprofile.notes(StagedPackage(tmp_path, {path.name: file}, ""), NAMES)


def _full() -> dict[str, Any]:
    return packaged.to_json(Profile.learn(np.random.default_rng(1).poisson(3, (500, 2)).astype(float), NAMES))


def test_a_package_without_one_has_nothing_to_say(tmp_path: Path) -> None:
    assert referenceprofile.notes(StagedPackage(tmp_path, {}, ""), NAMES) == ()


@pytest.mark.parametrize("profile", [_full(), SHORT], ids=["full", "short"])
def test_both_forms_are_taken_without_a_word(tmp_path: Path, profile: dict[str, Any]) -> None:
    assert _notes(tmp_path, packages.encoded(profile)) == ()
    assert packaged.from_json(profile).names == NAMES


@pytest.mark.parametrize(
    "profile",
    [
        [],
        5,
        {},
        {"rows": 9, "features": {}},
        SHORT | {"rows": -1},
        SHORT | {"rows": True},
        SHORT | {"features": {"b": [0, 0, 4], "a": [1, 2, 3]}},
        SHORT | {"features": {"a": [1, 2, 3]}},
        SHORT | {"features": {"a": [3, 2, 1], "b": [0, 0, 4]}},
        SHORT | {"features": {"a": [1, 2], "b": [0, 0, 4]}},
        SHORT | {"features": {"a": ["x", 2, 3], "b": [0, 0, 4]}},
        SHORT | {"features": {"a": [True, 2, 3], "b": [0, 0, 4]}},
        SHORT | {"quantiles": [0, 1, 0.5]},
        SHORT | {"quantiles": [0, 0.5, 2]},
        SHORT | {"quantiles": "0"},
        SHORT | {"format": "profile-1"},
        _full() | {"rows": 7},
        _full() | {"format": "profile-2"},
        _full() | {"features": {"a": {"kind": "odd"}, "b": {}}},
    ],
)
def test_what_cannot_be_used_is_noted(tmp_path: Path, profile: Any) -> None:
    notes = _notes(tmp_path, packages.encoded(profile))
    assert [note.code for note in notes] == ["reference_profile_ignored"]
    assert "first stable window" in notes[0].detail


@pytest.mark.parametrize("content", [b"", b"{", b'{"rows": NaN}', b"[" * 200, b'{"rows": 1, "rows": 2}'])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PackageRefused) as refused:
        _notes(tmp_path, content)
    assert refused.value.code == Code.METADATA_INVALID
