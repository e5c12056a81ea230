"""Which scikit-learn versions a model may come from.

Since 1.3 the nodes of trees have the form that is read today; older ones cannot be loaded, and a
newer minor than ours may hold state that we do not know. Minors in between were tried: scores are
equal to 1e-12, so a difference is a note and not a refusal.
"""

import re
from functools import cache
from importlib.metadata import version

from modelhub.artifacts.types import Note
from modelhub.errors import Code, PackageRefused

_OLDEST = (1, 3)


def judge(versions: tuple[str, ...], subject: str) -> tuple[Note, ...]:
    """A ``version_mismatch`` note per tested older minor. Raises PackageRefused version_unsupported."""
    notes = []
    for found in versions:
        minor, ours = _minor(found), _minor(_ours())
        if minor < _OLDEST or minor > ours:
            raise PackageRefused(
                Code.VERSION_UNSUPPORTED,
                f"The {subject} was saved by scikit-learn {found}; supported are "
                f"{_OLDEST[0]}.{_OLDEST[1]} to {ours[0]}.{ours[1]}. Train it again with one of these.",
            )
        if minor != ours:
            notes.append(
                Note(
                    "version_mismatch",
                    f"The {subject} was saved by scikit-learn {found} and is read by {_ours()}; "
                    "its scores were compared and agree.",
                )
            )
    return tuple(notes)


@cache
def _ours() -> str:
    return version("scikit-learn")


def _minor(text: str) -> tuple[int, int]:
    """(major, minor); what is not a version counts as older than everything."""
    match = re.match(r"(\d{1,4})\.(\d{1,4})", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)
