"""All cases: each operation's own, and those that hold for every operation of its kind."""

from functools import cache

from tests.contracts.api import general, operations, versions
from tests.contracts.api.case import Case


@cache
def cases() -> tuple[Case, ...]:
    """In the order of the table; the first success of an operation is the sample for the general ones."""
    own = (*versions.cases(), *operations.cases())
    samples: dict[str, Case] = {}
    for case in own:
        if case.is_success:
            samples.setdefault(case.operation, case)
    return (*own, *general.cases(samples))
