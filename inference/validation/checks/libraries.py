"""The library versions it was trained with, against those installed here."""

import re
from collections.abc import Mapping

from inference.validation.findings import Finding, Outcome
from inference.validation.subject import Subject

_ALIASES = {"scikit-learn": "sklearn", "scikit_learn": "sklearn"}


def check(subject: Subject) -> Outcome:
    """A warning where training used a newer minor of scikit-learn, an info for other differences."""
    declared = _declared(subject)
    compared = {name: (declared[name], here) for name, here in subject.installed.items() if name in declared}
    figures = {"trained_with": declared, "installed": dict(subject.installed)}
    if not compared:
        finding = Finding.info("libraries_unknown", "The package does not say which libraries trained it.")
        return Outcome([finding], figures, is_applicable=False)
    findings = []
    for name, (theirs, ours) in sorted(compared.items()):
        before, now = _minor(theirs), _minor(ours)
        if before == now or None in (before, now):
            continue
        said = f"{name} was {theirs} in training and is {ours} here"
        if name == "sklearn" and before > now:  # type: ignore[operator]
            wish = "Update scikit-learn on this hub."
            findings.append(
                Finding.warning("library_newer", f"{said}: its model may hold state we ignore.", wish)
            )
        else:
            findings.append(
                Finding.info("library_differs", f"{said}; the import compared the scores and they agree.")
            )
    return Outcome(findings, figures)


def _declared(subject: Subject) -> dict[str, str]:
    if not isinstance(subject.environment, Mapping):
        return {}
    return {
        _ALIASES.get(str(name), str(name))[:64]: str(version)[:64]
        for name, version in list(subject.environment.items())[:50]
        if isinstance(version, str | int | float)
    }


def _minor(text: str) -> tuple[int, int] | None:
    match = re.match(r"(\d{1,4})\.(\d{1,4})", text)
    return (int(match[1]), int(match[2])) if match else None
