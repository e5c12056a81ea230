"""The columns are known by name, in number and in order, and all sides mean the same ones."""

from typing import Any

from inference.validation import claims
from inference.validation.findings import Finding, Outcome
from inference.validation.plain import some
from inference.validation.subject import Subject


def check(subject: Subject) -> Outcome:
    """Errors where names, their number or their order disagree; an info where logs cannot be scored."""
    names, figures = (
        subject.feature_names,
        {
            "n_features": subject.n_features,
            "named": len(subject.feature_names),
            "feature_set": subject.feature_set or None,
        },
    )
    findings = [*_count(subject), *_order(subject)]
    doubled = (
        sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    )
    if doubled:
        findings.append(
            Finding.error(
                "feature_names_duplicate",
                f"Named more than once: {some(doubled)}.",
                "Give every column its own name and export the package again.",
            )
        )
    if not subject.feature_set and names:
        findings.append(
            Finding.info(
                "feature_set_unknown",
                "No shipped feature set has these columns: the version scores feature rows, not log records.",
            )
        )
    if note := subject.note("feature_names_from_model"):
        findings.append(Finding.info(note.code, note.detail))
    return Outcome(findings, figures)


def _count(subject: Subject) -> list[Finding]:
    if len(subject.feature_names) == subject.n_features > 0:
        return []
    return [
        Finding.error(
            "feature_count",
            f"{len(subject.feature_names)} feature names stand against {subject.n_features} model columns.",
            "Export model, scaler and metadata of one training together.",
        )
    ]


def _order(subject: Subject) -> list[Finding]:
    """Each list of names in the package against the registered one."""
    found = []
    for where, declared in _declared(subject.metadata).items():
        if tuple(declared) != subject.feature_names:
            what = "order" if sorted(declared) == sorted(subject.feature_names) else "names"
            found.append(
                Finding.error(
                    f"feature_{what}",
                    f"The feature {what} in {where} differs from the model's.",
                    "Export model, scaler and metadata of one training together.",
                )
            )
    return found


def _declared(metadata: Any) -> dict[str, list[str]]:
    places = {
        "metadata.json": claims.section(metadata, "metadata.json", "training_info").get("feature_names")
        or claims.section(metadata, "metadata.json").get("feature_names"),
        "deployment_manifest.json": claims.section(metadata, "deployment_manifest.json", "training_info").get(
            "feature_names"
        ),
        "features.json": metadata.get("features.json") if isinstance(metadata, dict) else None,
    }
    return {
        where: names
        for where, names in places.items()
        if isinstance(names, list) and names and all(isinstance(name, str) for name in names)
    }
