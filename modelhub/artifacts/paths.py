"""The one grammar for package paths that arrive from outside; purely lexical, opens nothing."""

import re
from pathlib import Path

from modelhub.artifacts.labels import NAME
from modelhub.errors import Code, PathRefused

MAX_SEGMENTS = 8
_SEGMENT = re.compile(NAME)
_LONGEST = MAX_SEGMENTS * 129


def parse_relative(text: str) -> tuple[str, ...]:
    """The segments of a path below a source's root.

    Each segment is ASCII letters, digits and ``. _ + -``, starting with a letter or digit, at most 128
    characters; at most 8 segments. So ``..``, backslashes, NUL, URLs, drive letters, percent signs
    and look-alike digits never pass.

    >>> parse_relative("models/20261122_210422")
    ('models', '20261122_210422')

    Raises PathRefused (path_invalid).
    """
    if len(text) > _LONGEST:
        raise _invalid()
    segments = tuple(text.split("/"))
    if len(segments) > MAX_SEGMENTS or not all(map(is_segment, segments)):
        raise _invalid()
    return segments


def resolve(text: str, root: Path) -> tuple[str, ...]:
    """The segments of a path that is relative, or absolute and lexically under ``root``.

    Raises PathRefused: path_invalid for a malformed path, path_outside_root for another place.
    """
    if not text.startswith("/"):
        return parse_relative(text)
    prefix = str(root).rstrip("/") + "/"
    if text.startswith(prefix):
        return parse_relative(text.removeprefix(prefix))
    parse_relative(text[1:])
    if text == str(root):
        raise _invalid()
    raise PathRefused(
        Code.PATH_OUTSIDE_ROOT,
        "The path lies outside the folder of this training source; give a path below that folder.",
    )


def is_segment(text: str) -> bool:
    """True where ``text`` may be one step of a package path."""
    return _SEGMENT.fullmatch(text) is not None


def _invalid() -> PathRefused:
    return PathRefused(
        Code.PATH_INVALID,
        "The path is not a package path: give up to 8 names joined by '/', each of ASCII letters, digits, "
        "'.', '_', '+' and '-', starting with a letter or digit.",
    )
