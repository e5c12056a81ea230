"""What a check answers: findings with a severity and a code, and the figures they rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """An error makes a version invalid, a warning wants a look, an info is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Status(StrEnum):
    """How a check ended; ``not_applicable`` where the package gives nothing to check."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation: stable code, a sentence, and what to do about it (empty for nothing)."""

    severity: Severity
    code: str
    description: str
    recommendation: str = ""

    @classmethod
    def error(cls, code: str, description: str, recommendation: str = "") -> "Finding":
        """Something that must not serve."""
        return cls(Severity.ERROR, code, description, recommendation)

    @classmethod
    def warning(cls, code: str, description: str, recommendation: str = "") -> "Finding":
        """Something a person should look at before it serves."""
        return cls(Severity.WARNING, code, description, recommendation)

    @classmethod
    def info(cls, code: str, description: str, recommendation: str = "") -> "Finding":
        """Something worth knowing that speaks against nothing."""
        return cls(Severity.INFO, code, description, recommendation)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check saw; ``is_applicable`` is False where there was nothing to look at."""

    findings: Sequence[Finding] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    is_applicable: bool = True

    @property
    def status(self) -> Status:
        """The worst finding decides; a check without matter neither passes nor fails."""
        severities = {finding.severity for finding in self.findings}
        if Severity.ERROR in severities:
            return Status.FAILED
        if Severity.WARNING in severities:
            return Status.WARNING
        return Status.PASSED if self.is_applicable else Status.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of a report: its name and words for people, its status, findings and plain figures."""

    name: str
    title: str
    status: Status
    findings: tuple[Finding, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
