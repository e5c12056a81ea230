"""One line of the table of answers: a request in a furnished hub, and what must come back."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.api.world import World

JSON = "application/json"
PREFIX = "/api/v1"


def _as_it_is(hub: World) -> AbstractContextManager[object]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Case:
    """``role`` "" is nobody, "none" somebody without a role; of several ``sent`` the last answer counts."""

    operation: str  # as in the access matrix: "POST /models/{version}/load"
    when: str
    path: str  # behind the prefix, without trailing slash
    status: int
    code: str = ""
    body: Any = None  # bytes as they are, anything else as JSON
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    role: str = "admin"
    keys: tuple[str, ...] = ()  # documented ones that a success must have
    around: Callable[[World], AbstractContextManager[object]] = _as_it_is
    sent: int = 1
    method: str = ""  # another one than the operation's
    is_general: bool = False  # holds for every operation of a kind

    @property
    def name(self) -> str:
        """The id of its test."""
        return f"{self.operation}: {self.when}"

    @property
    def is_success(self) -> bool:
        """True where the operation is done."""
        return self.status < 400

    def address(self, slash: str) -> str:
        """The path and query to send, with ``slash`` behind the path."""
        path, mark, query = self.path.partition("?")
        return f"{PREFIX}{path}{slash}{mark}{query}"
