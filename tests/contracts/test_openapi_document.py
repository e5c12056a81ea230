"""The OpenAPI document says of every operation what a caller needs to know."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCUMENT = yaml.safe_load(
    (Path(__file__).resolve().parent.parent.parent / "docs" / "openapi.yml").read_text()
)
VERBS = {"get", "post", "put", "patch", "delete"}
OPERATIONS = {
    f"{verb.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for verb, operation in item.items()
    if verb in VERBS
}
pytestmark = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(inner)


def test_it_shows_an_example(operation: dict[str, Any]) -> None:
    assert {"example", "examples"} & set(_keys(operation))


def test_it_documents_who_may_and_what_refusals_look_like(operation: dict[str, Any]) -> None:
    assert operation["security"]
    assert {"401", "403", "429"} <= set(operation["responses"])


def test_it_has_words_of_its_own(operation: dict[str, Any]) -> None:
    assert operation["operationId"]
    assert len(operation["description"]) > 20
