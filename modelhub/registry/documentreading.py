"""Registry documents read strictly: ours, and those that training services write. Opens no file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from modelhub.artifacts import labels, strictjson
from modelhub.errors import Code, InputInvalid
from modelhub.registry.document import KIND, SCHEMA
from modelhub.registry.documentparts import (
    Document,
    Entry,
    NamedVersion,
    Shape,
    check_object,
    label_problem,
    malformed,
    member,
)
from modelhub.registry.servicedocument import read_service

LARGEST_BYTES = 256 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


def read(data: bytes) -> Document:
    """The document that the bytes hold.

    Raises InputInvalid: ``json_invalid`` for what is no strict JSON, ``body_invalid`` with the pointer to the
    first place that has another shape than it must have.
    """
    try:
        content = strictjson.parse(data, max_bytes=LARGEST_BYTES)
    except strictjson.StrictJSONError as fault:
        raise InputInvalid(Code.JSON_INVALID, f"The registry document is not usable JSON: {fault}") from None
    found = _hub(content) if "document" in content else read_service(content)
    return replace(found, entries=tuple(_once(found.entries)))


def _hub(content: Mapping[str, Any]) -> Document:
    if content["document"] != KIND:
        raise malformed("/document", f"It must be {KIND!r}.")
    if content.get("schema") != SCHEMA:
        raise malformed("/schema", f"This hub reads schema {SCHEMA}.")
    entries: list[Entry] = []
    aliases: list[NamedVersion] = []
    for place, model in enumerate(member(content, "models", list, "")):
        at = f"/models/{place}"
        check_object(model, at)
        name = _name(model, "name", at)
        for number, version in enumerate(member(model, "versions", list, at)):
            entries.append(_hub_entry(version, name, f"{at}/versions/{number}"))
        for alias, meant in member(model, "aliases", dict, at).items():
            where = f"{at}/aliases/{alias}"
            check_object(meant, where)
            label, digest = member(meant, "version", str, where), _digest(meant, where)
            aliases.append(NamedVersion(name, alias, label, digest))
    return Document(Shape.HUB, tuple(entries), tuple(aliases))


def _hub_entry(version: Any, model: str, at: str) -> Entry:
    check_object(version, at)
    label, digest = member(version, "version", str, at), _digest(version, at)
    for word, kind in (("feature_names", list), ("metrics", dict), ("artifacts", dict), ("metadata", dict)):
        member(version, word, kind, at)
    return Entry(at, label, model, digest, says=version, problem=label_problem(label))


def _once(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    """The entries, where a version that was described before cannot be used a second time."""
    seen: dict[tuple[str, str], str] = {}
    for entry in entries:
        first = seen.setdefault((entry.model, entry.label), entry.pointer)
        if first != entry.pointer and not entry.problem:
            yield replace(entry, problem=f"This version was described before, at {first}, which counts.")
        else:
            yield entry


def _name(holder: Mapping[str, Any], name: str, at: str) -> str:
    text: str = member(holder, name, str, at)
    if not re.fullmatch(labels.NAME, text):
        raise malformed(f"{at}/{name}", "It is not a name of a registered model.")
    return text


def _digest(holder: Mapping[str, Any], at: str) -> str:
    text: str = member(holder, "digest", str, at)
    if not _DIGEST.fullmatch(text):
        raise malformed(f"{at}/digest", "It must be 64 lower-case hexadecimal digits.")
    return text
