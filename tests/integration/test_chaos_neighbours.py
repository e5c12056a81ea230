"""The shared limits, a training service, a receiver behind a bad network: nobody waits past a deadline."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django.fixtures import Settings

from modelhub import env, outbound
from modelhub.accounts import limits
from modelhub.errors import SystemFault
from modelhub.transfers.models import TrainingSource
from tests import chaosproxy, services
from tests.chaosproxy import FAULTS, Proxy
from tests.fakes.training_service import training_service
from tests.receivers import receiver

pytestmark = pytest.mark.slow
PATIENCE_S = 1  # of one call to a service or receiver in these tests
CACHE_S = 1.0  # of one call to the shared cache
CONNECTION = "/api/v1/model-management/training-service/connection"


@pytest.fixture
def shared(settings: Settings, tmp_path: Path) -> Iterator[Proxy]:
    """The proxy in front of the Redis that counts for all processes; calls are limited."""
    with services.own_redis(tmp_path) as server:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        with chaosproxy.before(port) as proxy:
            url = f"redis://127.0.0.1:{proxy.port}/0"
            settings.CACHES = settings.CACHES | {"limits": env.shared_counts(url)}
            settings.MODELHUB = settings.MODELHUB | {"THROTTLE_READ": "1000/min"}
            limits.forget()
            assert caches["limits"].get("nothing") is None  # the client of the cache is loaded
            limits.spend("THROTTLE_READ", "ada")
            counted = [f"THROTTLE_READ:ada:{int(time.time() // 60) - ago}" for ago in (0, 1)]
            assert list(caches["limits"].get_many(counted).values()) == [1]
            yield proxy
            limits.forget()


@pytest.mark.service
@pytest.mark.parametrize("fault", FAULTS)
def test_a_shared_cache_behind_a_bad_network_costs_one_call_a_second_and_the_next_nothing(
    shared: Proxy, fault: str
) -> None:
    with shared.behaving(FAULTS[fault]):
        took_s = [timed(lambda: limits.spend("THROTTLE_READ", "ada")) for _ in range(20)]
    print(f"{fault}: {sorted(took_s)[-3:]}")
    assert sum(took_s) <= CACHE_S + 1


@pytest.mark.django_db
@pytest.mark.parametrize("fault", FAULTS)
def test_a_training_service_behind_a_bad_network_is_away_within_its_time(
    fault: str, api: Client, settings: Settings
) -> None:
    settings.MODELHUB = settings.MODELHUB | {"SOURCE_SECONDS": PATIENCE_S}
    with training_service() as service, chaosproxy.before(int(service.url.rpartition(":")[2])) as proxy:
        location = f"http://127.0.0.1:{proxy.port}"
        TrainingSource.objects.create(name="lab", kind="service", location=location)
        assert api.get(CONNECTION).json()["connected"] is True
        with proxy.behaving(FAULTS[fault]):
            started_s = time.monotonic()
            answer = api.get(CONNECTION)
            took_s = time.monotonic() - started_s
        assert (answer.status_code, answer.json()["connected"]) == (200, False)
        assert took_s <= PATIENCE_S + 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_receiver_behind_a_bad_network_is_given_up_within_its_time(fault: str) -> None:
    with receiver() as kept, chaosproxy.before(int(kept.url.split(":")[2].partition("/")[0])) as proxy:
        caps = outbound.Caps(total_s=PATIENCE_S)
        with proxy.behaving(FAULTS[fault]):
            took_s = timed(lambda: refused(f"http://127.0.0.1:{proxy.port}/hook", caps))
    assert took_s <= PATIENCE_S + 1


def refused(url: str, caps: outbound.Caps) -> None:
    with pytest.raises(SystemFault):
        outbound.fetch("POST", url, body=b"{}", caps=caps, allow_private=True)


def timed(work: object) -> float:
    """Seconds that the call took."""
    started_s = time.monotonic()
    work()  # type: ignore[operator]
    return time.monotonic() - started_s
