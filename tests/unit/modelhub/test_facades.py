"""Synchronous operations called from event loops: on the right thread, in the caller's transaction."""

import asyncio
import threading

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection, transaction

from modelhub.actors import Channel
from modelhub.errors import Code, Unavailable
from modelhub.facades import answered, called, caller
from modelhub.registry.models import RegisteredModel


def count() -> int:
    return RegisteredModel.objects.count()


def away() -> None:
    raise OperationalError("could not connect")


@pytest.mark.django_db(transaction=True)
def test_operations_of_one_process_share_one_thread_that_is_not_the_loops() -> None:
    async def work() -> set[int]:
        return set(await asyncio.gather(*(called(threading.get_ident) for _ in range(5))))

    threads = asyncio.run(work())
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


@pytest.mark.django_db(transaction=True)
def test_a_synchronous_method_may_ask_the_database_inside_a_loop() -> None:
    RegisteredModel.objects.create(name="wifi")

    async def work() -> int:
        return answered(count)

    assert asyncio.run(work()) == answered(count) == 1


def test_a_transaction_of_the_caller_goes_on(db: None) -> None:
    with transaction.atomic():
        RegisteredModel.objects.create(name="wifi")
        assert async_to_sync(called)(count) == 1
        assert connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_the_connection_of_the_thread_is_not_kept_open() -> None:
    async def work() -> bool:
        await called(count)
        return await called(lambda: connection.connection is None)

    assert asyncio.run(work())


def test_a_database_that_is_away_is_unavailable_with_its_code(db: None) -> None:
    for ask in (async_to_sync(called), answered):
        with pytest.raises(Unavailable) as refused:
            ask(away)
        assert refused.value.code == Code.DATABASE_UNAVAILABLE


def test_a_caller_without_a_name_is_the_owner_of_the_process() -> None:
    assert caller().name
    assert caller("batch").name == "batch"
    assert caller().channel is Channel.COMMAND
