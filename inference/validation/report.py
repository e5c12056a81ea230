"""What all checks together say: verdict, score, sentences and figures; and the way to JSON and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inference.validation.findings import CheckResult, Finding, Severity, Status

# A warning is half a pass. What failed halves the whole, so that 0.5 divides valid from invalid.
_WORTH = {Status.PASSED: 1.0, Status.WARNING: 0.5, Status.FAILED: 0.0}
_INVALID = 0.5


@dataclass(frozen=True, slots=True)
class Report:
    """One verdict. ``score`` is 0 to 1: at least 0.5 where valid, below where not; 1 without any finding."""

    checks: tuple[CheckResult, ...]
    rules: int
    quality_metrics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """True where no check failed."""
        return not self.failed

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.status is Status.FAILED)

    @property
    def score(self) -> float:
        """The share of applicable checks that passed, a warning counting half; halved where one failed."""
        worth = [_WORTH[check.status] for check in self.checks if check.status in _WORTH]
        if not worth:
            return 0.0
        share = sum(worth) / len(worth)
        return round(share if self.is_valid else min(share * _INVALID, 0.4999), 4)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, errors first, in the order of the checks."""
        order = list(Severity)
        found = [finding for check in self.checks for finding in check.findings]
        return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))

    def sentences(self, severity: Severity) -> list[str]:
        """The descriptions of that severity."""
        return [finding.description for finding in self.findings if finding.severity is severity]

    @property
    def recommendations(self) -> list[str]:
        """What to do, each once, the most pressing first."""
        return list(dict.fromkeys(f.recommendation for f in self.findings if f.recommendation))


def checks_json(checks: Iterable[CheckResult]) -> list[dict[str, Any]]:
    """The checks as they are stored and answered."""
    return [
        {
            "name": check.name,
            "title": check.title,
            "status": str(check.status),
            "findings": [
                {
                    "severity": str(finding.severity),
                    "code": finding.code,
                    "description": finding.description,
                    "recommendation": finding.recommendation,
                }
                for finding in check.findings
            ],
            "figures": dict(check.figures),
        }
        for check in checks
    ]


def read_checks(stored: Sequence[Mapping[str, Any]]) -> tuple[CheckResult, ...]:
    """The checks that :func:`checks_json` wrote."""
    return tuple(
        CheckResult(
            name=str(check["name"]),
            title=str(check["title"]),
            status=Status(check["status"]),
            findings=tuple(
                Finding(
                    Severity(f["severity"]), str(f["code"]), str(f["description"]), str(f["recommendation"])
                )
                for f in check["findings"]
            ),
            figures=dict(check["figures"]),
        )
        for check in stored
    )
