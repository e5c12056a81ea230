"""Who asks for an operation: the name and the door that every history row keeps."""

import contextlib
import getpass
import os
import socket
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """The door an operation came through."""

    API = "api"
    ADMIN = "admin"
    COMMAND = "command"
    SCHEDULE = "schedule"
    SERVING = "serving"  # a serving process acting by itself


@dataclass(frozen=True, slots=True)
class Actor:
    """Name of a person or process as shown in the history, and its channel."""

    name: str
    channel: Channel


def process_owner() -> str:
    """The operating system's name of who runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without an entry, as in containers
        return f"uid {os.getuid()}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an operation came from: the request's or task's id, and the caller's address if it has one."""

    request_id: str = ""
    address: str = ""


# Set once by each door (request middleware, command, task); read by the audit trail and by log lines.
origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 (frozen)


@contextlib.contextmanager
def placed(address: str, *, request_id: str = "") -> Iterator[None]:
    """Inside the block what happens has an id and a place; the ones of an enclosing request stay.

    ``request_id`` is the task's own one; without it a fresh one is made.
    """
    if origin.get().request_id:
        yield
        return
    before = origin.set(Origin(request_id or uuid.uuid4().hex, address))
    try:
        yield
    finally:
        origin.reset(before)


def terminal() -> str:
    """Where this process runs: ``HOST``, or ``TTY@HOST`` when somebody sits before it."""
    host = socket.gethostname()
    try:
        return f"{os.ttyname(0)}@{host}"[:64]
    except OSError:  # no terminal: a pipe, a service, a container
        return host[:64]
