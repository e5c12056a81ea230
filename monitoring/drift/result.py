"""What a comparison says: one result for each test, one verdict over all, every number a plain one."""

from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What can be said. Too little to compare is never good news: it has a word of its own."""

    NO_DRIFT = "no_drift"
    DRIFT = "drift"
    INSUFFICIENT_DATA = "insufficient_data"


class Method(StrEnum):
    """Which statistic was compared."""

    KOLMOGOROV_SMIRNOV = "kolmogorov_smirnov"
    CHI_SQUARE = "chi_square"
    FISHER_EXACT = "fisher_exact"
    TWO_PROPORTIONS = "two_proportions"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a comparison asks for.

    A difference counts as drift when its adjusted p value is below ``alpha`` and its effect, 0 to 1, at
    least ``min_effect``: with a million rows any two days differ significantly, but not relevantly.
    0.05 means that 5 % of the rows lie elsewhere. Windows need at least so many records.
    """

    alpha: float = 0.05
    min_effect: float = 0.05
    min_reference: int = 100
    min_current: int = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison: how different (``effect``, 0 to 1) and how surprising (``p_value``).

    ``statistic`` is that of the test: D, chi-square, odds ratio, z. ``facts`` holds further plain numbers,
    psi for one. ``why`` says why there is no p value, or why the result does not count.
    """

    name: str
    test: Method
    n_reference: int
    n_current: int
    statistic: float | None = None
    p_value: float | None = None
    effect: float | None = None
    why: str = ""
    facts: dict[str, float] = field(default_factory=dict)
    is_constant: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A test within its family: its adjusted p value, and whether it counts (``judged``) and shows drift."""

    result: Finding
    judged: bool
    p_adjusted: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Shift:
    """Inference time then and now: medians in seconds, and P(now > then), 0.5 for no change."""

    before_s: float
    after_s: float
    change: float
    superiority: float


@dataclass(frozen=True, slots=True)
class DriftResult:
    """The whole comparison: ``score`` is the largest effect, ``confidence`` 1 - least adjusted p value."""

    verdict: Verdict
    why: str
    score: float | None
    confidence: float | None
    features: tuple[Judged, ...] = ()
    missing: tuple[Judged, ...] = ()
    scores: Judged | None = None
    rate: Judged | None = None
    unseen_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
