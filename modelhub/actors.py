"""Who asks for an operation: the name and the door that every history row keeps."""

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """The door an operation came through."""

    API = "api"
    ADMIN = "admin"
    COMMAND = "command"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Actor:
    """Name of a person or process as shown in the history, and its channel."""

    name: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an operation came from: the request's or task's id, and the caller's address if it has one."""

    request_id: str = ""
    address: str = ""


# Set once by each door (request middleware, command, task); read by the audit trail and by log lines.
origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 (frozen)
