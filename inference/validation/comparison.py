"""Two reports side by side: what got better, what got worse."""

from dataclasses import dataclass

from inference.validation.findings import CheckResult, Status
from inference.validation.report import Report

_RANK = {Status.FAILED: 0, Status.WARNING: 1, Status.NOT_APPLICABLE: 2, Status.PASSED: 3}


@dataclass(frozen=True, slots=True)
class Change:
    """One check that ended differently, and the codes of findings that came and went."""

    title: str
    before: Status
    after: Status
    new: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``score_change`` is later minus earlier. Where the rules differ, so may what the checks mean."""

    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    score_change: float
    same_rules: bool

    @property
    def is_equal(self) -> bool:
        """True where every check ended as before with the same findings."""
        return not (self.better or self.worse)


def compare(before: Report, after: Report) -> Comparison:
    """The later report against the earlier one; checks that only one of them has are left out."""
    earlier = {check.name: check for check in before.checks}
    pairs = [(earlier[check.name], check) for check in after.checks if check.name in earlier]
    changes = [change for old, new in pairs if (change := _change(old, new))]
    return Comparison(
        better=tuple(change for change in changes if _is_better(change)),
        worse=tuple(change for change in changes if not _is_better(change)),
        score_change=round(after.score - before.score, 4),
        same_rules=before.rules == after.rules,
    )


def _change(old: CheckResult, new: CheckResult) -> Change | None:
    before = [finding.code for finding in old.findings]
    after = [finding.code for finding in new.findings]
    if old.status is new.status and sorted(before) == sorted(after):
        return None
    return Change(
        new.title,
        old.status,
        new.status,
        new=tuple(code for code in after if code not in before),
        gone=tuple(code for code in before if code not in after),
    )


def _is_better(change: Change) -> bool:
    """By status; among equal ones by whether more findings went than came."""
    if change.before is change.after:
        return len(change.gone) > len(change.new)
    return _RANK[change.after] > _RANK[change.before]
