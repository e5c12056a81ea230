"""Who asks for an operation: the name and the door that every history row keeps."""

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
