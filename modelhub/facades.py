"""How the asynchronous façades call the synchronous operations, from any event loop or none."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connections

from modelhub.actors import Actor, Channel, process_owner
from modelhub.errors import Code, Unavailable

P = ParamSpec("P")
R = TypeVar("R")


async def called(operation: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What ``operation`` returns or raises; the loop goes on with other work meanwhile.

    All operations of a process run one after the other in one thread, so a database connection is never
    shared between threads, and old ones are closed before and after, as around a request. Raises
    Unavailable (``database_unavailable``) where the database does not answer.
    """
    return await sync_to_async(_bracketed, thread_sensitive=True)(operation, *args, **kwargs)


def answered(operation: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The same for a synchronous method of a façade, which waits for it even inside a running loop.

    Django refuses its database to the thread of a running loop, so there a short-lived one asks.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _bracketed(operation, *args, **kwargs)

    def ask() -> R:
        try:
            return _bracketed(operation, *args, **kwargs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(contextvars.copy_context().run, ask).result()


def caller(name: str = "") -> Actor:
    """Who a façade's operations are recorded for: ``name``, else the owner of the process."""
    return Actor(name or process_owner(), Channel.COMMAND)


def _bracketed(operation: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    _close_old_connections()
    try:
        return operation(*args, **kwargs)
    except (OperationalError, InterfaceError):
        raise Unavailable(
            Code.DATABASE_UNAVAILABLE, "The database does not answer. Try again in a few seconds."
        ) from None
    finally:
        _close_old_connections()


def _close_old_connections() -> None:
    """As around a request; a transaction that the caller is in goes on with its connection."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
