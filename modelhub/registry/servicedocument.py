"""The registry documents of training services: a list under ``models``, or a mapping from versions.

Both may stand in one file. Of an entry only what can be checked is read: version, path, time and metrics. A
status is not: services leave it at ``available`` after deploying, or call four versions deployed at once.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from modelhub.artifacts import layout, paths
from modelhub.errors import ModelhubError
from modelhub.registry.documentparts import (
    TEMPORARY,
    Document,
    Entry,
    Shape,
    check_object,
    label_problem,
    malformed,
    member,
)

_PATH_WORDS = ("path", "local_path", "model_path", "original_path")
_ENTRY_WORDS = frozenset({*_PATH_WORDS, "version", "created_at", "metrics", "status", "evaluation_summary"})


def read_service(content: Mapping[str, Any]) -> Document:
    """What the document says; raises InputInvalid (``body_invalid``) with the pointer to what it must not."""
    models = content.get("models", [])
    listed = list(_listed(models)) if isinstance(models, list) else list(_mapped(models, "/models"))
    rest = {key: value for key, value in content.items() if key != "models"}
    entries = {key: value for key, value in rest.items() if _looks_like_entry(value)}
    found = [*listed, *_mapped(entries, "")]
    if not found and "models" not in content:
        raise malformed(
            "",
            "It is no registry document: neither one of this hub, nor a list under 'models', nor a mapping "
            "from versions to their entries.",
        )
    return Document(Shape.SERVICE, tuple(found), ignored=tuple(sorted(rest.keys() - entries.keys())))


def _listed(models: list[Any]) -> Iterator[Entry]:
    for place, described in enumerate(models):
        at = f"/models/{place}"
        check_object(described, at)
        yield _service_entry(member(described, "version", str, at), described, at)


def _mapped(models: Any, at: str) -> Iterator[Entry]:
    check_object(models, at)
    for version, described in models.items():
        where = f"{at}/{version.replace('~', '~0').replace('/', '~1')}"  # as JSON pointers are written
        check_object(described, where)
        yield _service_entry(version, described, where)


def _service_entry(label: str, described: Mapping[str, Any], at: str) -> Entry:
    metrics = member(described, "metrics", dict, at, default={})
    created_at = member(described, "created_at", str, at, default="")
    path, remark = _path(described, at)
    says = {"metrics": metrics} | ({"created_at": created_at} if created_at else {})
    return Entry(at, label, path=path, says=says, remark=remark, problem=label_problem(label))


def _path(described: Mapping[str, Any], at: str) -> tuple[tuple[str, ...], str]:
    """The steps of the entry's path, or none and why; nothing is made of a path that is not below a root."""
    word = next((word for word in _PATH_WORDS if described.get(word)), None)
    if word is None:
        return (), "The document gives no path."
    text = member(described, word, str, at)
    if text.startswith(("/", "\\")) or text[1:2] == ":":
        return (), "The path is an absolute one of another machine, so nothing is looked for there."
    try:
        steps = paths.parse_relative(text.removeprefix("./"))
    except ModelhubError:
        return (), "The path is not one below a source's folder."
    if TEMPORARY.fullmatch(steps[-1]):
        return (), "The path is that of a temporary file."
    return (steps[:-1] if steps[-1] == layout.MODEL else steps), ""


def _looks_like_entry(value: Any) -> bool:
    return isinstance(value, dict) and not _ENTRY_WORDS.isdisjoint(value)
