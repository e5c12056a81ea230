from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelhub.artifacts import paths
from modelhub.errors import Code, PathRefused

HOSTILE = [
    "",
    ".",
    "..",
    "a/../b",
    "a//b",
    "a/",
    "a/.hidden",
    "%2e%2e%2f",
    "%252e%252e",
    "a\\b",
    "C:/x",
    "a\x00b",
    "http://host/x",
    "file:x",
    "v１２",
    "ａ",
    "a" * 129,
    "a" * 5000,
    "/".join("abcdefghi"),
    "a\n",
    "-x",
    "a b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_malformed_path_is_refused(text: str) -> None:
    with pytest.raises(PathRefused) as refused:
        paths.parse_relative(text)
    assert refused.value.code is Code.PATH_INVALID
    with pytest.raises(PathRefused):
        paths.resolve(text, Path("/srv/models"))


def test_real_names_pass() -> None:
    text = "models/deployments/model_20261122_210422_deployment.zip"
    assert paths.parse_relative(text) == ("models", "deployments", "model_20261122_210422_deployment.zip")


def test_an_absolute_path_counts_only_below_the_root() -> None:
    root = Path("/srv/models")
    assert paths.resolve("/srv/models/a/b", root) == ("a", "b")
    for text in ("/etc/passwd", "/srv/models2/a", "/srv/modelsX"):
        with pytest.raises(PathRefused) as refused:
            paths.resolve(text, root)
        assert refused.value.code is Code.PATH_OUTSIDE_ROOT


@pytest.mark.parametrize(
    "text", ["/srv/models/../x", "/srv/models", "/srv/models/", "/etc/../x", "//srv/models/a"]
)
def test_an_absolute_path_with_steps_back_or_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(PathRefused) as refused:
        paths.resolve(text, Path("/srv/models"))
    assert refused.value.code is Code.PATH_INVALID


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="a./\\%2e\x00:１", max_size=12))
def test_whatever_is_accepted_stays_below_the_root(text: str) -> None:
    root = Path("/srv/models")
    try:
        segments = paths.resolve(text, root)
    except PathRefused:
        return
    assert 1 <= len(segments) <= paths.MAX_SEGMENTS
    inside = root.joinpath(*segments)
    assert inside.parts[: len(root.parts)] == root.parts
    assert len(inside.parts) == len(root.parts) + len(segments)
    assert "/".join(segments).isascii()
