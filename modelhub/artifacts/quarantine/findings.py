"""What the scan child reported, read strictly, and what follows from it before anything is loaded."""

import re
from dataclasses import dataclass
from typing import Any

from modelhub.artifacts.quarantine import allowlist, versions
from modelhub.artifacts.quarantine.allowlist import Pair
from modelhub.artifacts.quarantine.process import ChildEnded
from modelhub.artifacts.quarantine.refusal import Reason, refusal
from modelhub.artifacts.safeform.trusted import DETECTORS, ESTIMATORS, TRANSFORMERS
from modelhub.artifacts.types import Note
from modelhub.errors import Code, FieldError, PackageRefused

_TEXT = re.compile(r"[\x20-\x7e]{0,120}")
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_SHOWN = 5
_WANTED = {"model": (DETECTORS, Reason.NOT_A_DETECTOR), "scaler": (TRANSFORMERS, Reason.NOT_A_SCALER)}


@dataclass(frozen=True, slots=True)
class Report:
    """One file as the scan saw it."""

    subject: str
    pairs: frozenset[Pair]
    versions: tuple[str, ...]
    protocol: int
    compression: str
    reason: Reason | None


def read(header: dict[str, Any], subjects: tuple[str, ...]) -> tuple[Report, ...]:
    """The reports in the header of the child's answer, one per subject.

    Raises ChildEnded (quarantine_protocol) for anything but exactly that.
    """
    try:
        reports = header["reports"]
        if len(reports) != len(subjects):
            raise ValueError
        return tuple(_report(report, subject) for report, subject in zip(reports, subjects, strict=True))
    except (KeyError, TypeError, ValueError):
        raise ChildEnded(Code.QUARANTINE_PROTOCOL) from None


def judge(report: Report) -> tuple[Note, ...]:
    """Notes on a file that may be loaded.

    Raises PackageRefused: unsafe_type, type_not_supported or model_not_usable with every pair that is
    not allowed, pickle_corrupt, resource_limit, version_unsupported; model_not_usable also where no
    detector (or scaler) is among the pairs.
    """
    code = allowlist.refusal_code(report.pairs)
    if code is not None:
        raise _foreign(report, code)
    if report.reason is not None:
        raise refusal(report.reason, report.subject)
    wanted, otherwise = _WANTED[report.subject]
    if not any((module, name) in report.pairs for name, module in wanted.items()):
        raise refusal(otherwise, report.subject)
    return versions.judge(report.versions, report.subject)


def environment(reports: tuple[Report, ...]) -> dict[str, str]:
    """What the files say about where they were made; keys of the scaler carry its name."""
    found: dict[str, str] = {}
    for report in reports:
        prefix = "" if report.subject == "model" else f"{report.subject}_"
        found[f"{prefix}sklearn"] = ", ".join(report.versions)
        found[f"{prefix}pickle_protocol"] = str(report.protocol)
        found[f"{prefix}compression"] = report.compression
        found[f"{prefix}numpy_major"] = _numpy_major(report.pairs)
    return {key: value for key, value in found.items() if value}


def kinds(reports: tuple[Report, ...]) -> list[str]:
    """The estimator classes the files refer to, sorted."""
    pairs = {pair for report in reports for pair in report.pairs}
    return sorted(name for name, module in ESTIMATORS.items() if (module, name) in pairs)


def referred(reports: tuple[Report, ...]) -> tuple[str, ...]:
    """Every ``module.name`` that any file referred to, sorted."""
    return tuple(sorted({".".join(pair) for report in reports for pair in report.pairs}))


def _numpy_major(pairs: frozenset[Pair]) -> str:
    modules = {module for module, _ in pairs}
    if any(module.startswith("numpy._core") for module in modules):
        return "2"
    return "1" if any(module.startswith("numpy.core") for module in modules) else ""


def _report(report: dict[str, Any], subject: str) -> Report:
    pairs = frozenset((_matched(_TEXT, module), _matched(_TEXT, name)) for module, name in report["pairs"])
    protocol = report["protocol"]
    if type(protocol) is not int:
        raise ValueError
    return Report(
        subject=subject,
        pairs=pairs,
        versions=tuple(_matched(_VERSION, version) for version in report["versions"]),
        protocol=protocol,
        compression=_matched(_TEXT, report["compression"]),
        reason=Reason(report["reason"]) if report["reason"] else None,
    )


def _matched(pattern: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError
    return value


def _foreign(report: Report, code: Code) -> PackageRefused:
    foreign = sorted(".".join(pair) for pair in report.pairs - allowlist.ALLOWED)
    shown = ", ".join(foreign[:_SHOWN]) + (f" and {len(foreign) - _SHOWN} more" if foreign[_SHOWN:] else "")
    sentence = _SENTENCES[code].format(subject=report.subject, names=shown)
    details = tuple(FieldError(f"/{report.subject}", name, code.value) for name in foreign)
    return PackageRefused(code, sentence, errors=details)


_SENTENCES = {
    Code.UNSAFE_TYPE: (
        "The {subject} file refers to {names}, which is not needed to restore a supported model. "
        "It was not loaded; treat the package as hostile unless you know why it is there."
    ),
    Code.TYPE_NOT_SUPPORTED: (
        "The {subject} file contains {names}, which carries code of its own. It was not loaded; "
        "export a plain scikit-learn detector and scaler."
    ),
    Code.MODEL_NOT_USABLE: (
        "The {subject} file contains {names}, which is not an anomaly detector. Train an IsolationForest, "
        "LocalOutlierFactor (novelty=True), OneClassSVM, SGDOneClassSVM or EllipticEnvelope."
    ),
}
