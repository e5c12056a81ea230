"""A reference means one version, or says why not."""

import pytest

from modelhub.actors import Actor
from modelhub.errors import Code, Conflict, NotFound
from modelhub.registry import lifecycle, references
from tests.unit.modelhub.registry.conftest import MakeVersion


def test_a_bare_label_means_the_default_model_first(make_version: MakeVersion) -> None:
    version = make_version("1")
    make_version("1", model="wifi")
    assert references.find("1") == version


def test_a_bare_label_finds_the_only_one_elsewhere(make_version: MakeVersion) -> None:
    version = make_version("7", model="wifi")
    assert references.find("7") == references.find("wifi:7") == version


def test_an_ambiguous_label_names_the_candidates(make_version: MakeVersion) -> None:
    make_version("1", model="wifi")
    make_version("1", model="sshd")
    with pytest.raises(Conflict, match=r"sshd:1, wifi:1") as refused:
        references.find("1")
    assert refused.value.code == Code.AMBIGUOUS_VERSION


def test_aliases_follow_deployments(make_version: MakeVersion, actor: Actor) -> None:
    first, second = make_version("1"), make_version("2")
    lifecycle.deploy(first, actor)
    lifecycle.deploy(second, actor)
    assert references.find("default@champion") == references.find("@champion") == second
    assert references.find("default@previous") == first


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("nope", Code.VERSION_NOT_FOUND),
        ("default:nope", Code.VERSION_NOT_FOUND),
        ("nope:1", Code.MODEL_NOT_FOUND),
        ("nope@champion", Code.MODEL_NOT_FOUND),
        ("default@nope", Code.VERSION_NOT_FOUND),
        ("nul\x00", Code.VERSION_NOT_FOUND),
        ("", Code.VERSION_NOT_FOUND),
    ],
)
def test_what_does_not_exist_is_not_found(make_version: MakeVersion, reference: str, code: Code) -> None:
    make_version("1")
    with pytest.raises(NotFound) as missing:
        references.find(reference)
    assert missing.value.code == code


def test_an_unknown_version_names_both_ways_to_list_them(make_version: MakeVersion) -> None:
    make_version("1")
    with pytest.raises(NotFound, match=r"listmodels.*GET /api/v1/models"):
        references.find("default:2")
