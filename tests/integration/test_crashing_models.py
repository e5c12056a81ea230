"""A model whose native code crashes, hangs or blocks everything: a real server survives it and falls back."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import asking, faulty, live

pytestmark = pytest.mark.slow
CALM_S = 6.0  # a worker that dies sooner makes granian end, for its supervisor to start it anew
FAULTS = (
    "import json; from inference.models import ServingFault; "
    "print(json.dumps([[f.kind, f.version.label] for f in ServingFault.objects.order_by('id')]))"
)
BLOB = (
    "import json; from modelhub import conf; from modelhub.artifacts.store import Store; "
    "from modelhub.registry.models import ModelVersion as V; "
    "print(json.dumps(str(Store(conf.store_root()).path(V.objects.get(label='2.0.0').artifacts.get().sha256))))"
)
DEPLOYED = (
    "import json; from modelhub.registry.models import Deployment; d = Deployment.objects.open().get(); "
    "print(json.dumps([d.version.label, d.fallback_from and d.fallback_from.label]))"
)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[live.Hub]:
    """A server with one worker of eight threads; calls may take two seconds."""
    settings = {"SCORING_SECONDS": "2", "WEB_THREADS": "8", "DJANGO_SETTINGS_MODULE": "tests.faultysettings"}
    made = live.hub(tmp_path / "home", **settings)
    made.prepare("tests.faultyhome")
    with made.serving(workers=1, log=tmp_path / "server.log"):
        yield made


def ask(hub: live.Hub, mark: float | None = None, *, wait_s: float = 30.0) -> dict[str, Any] | None:
    """The answer to one row; None where the connection broke or was refused."""
    row = [0.0] * 32
    row[0] = mark or 0.0
    try:
        answer = asking.ask(hub.port, "POST", "/api/v1/models/predict", {"features": [row]}, timeout_s=wait_s)
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return None if answer.body is None else {"status": answer.status, **answer.body}


def answered(hub: live.Hub, *, wished: Callable[[dict[str, Any]], bool], within_s: float) -> float:
    """Seconds until an ordinary row was answered as wished."""
    started = time.monotonic()
    while True:
        answer = ask(hub, wait_s=5.0)
        if answer is not None and wished(answer):
            return time.monotonic() - started
        assert time.monotonic() - started < within_s, answer
        time.sleep(0.02)


def is_good(answer: dict[str, Any]) -> bool:
    return bool(answer["status"] == 200)


def is_fallback(answer: dict[str, Any]) -> bool:
    block = answer.get("model", {})
    return (block.get("version"), block.get("fallback_from")) == ("1.0.0", "default:2.0.0")


def test_two_crashes_of_a_version_end_its_service(hub: live.Hub) -> None:
    first = ask(hub)
    assert first is not None
    assert first["model"]["version"] == "2.0.0"
    assert ask(hub, faulty.CRASHES) is None
    back_s = answered(hub, wished=is_good, within_s=20)
    time.sleep(CALM_S)
    assert ask(hub, faulty.CRASHES) is None
    fallen_s = answered(hub, wished=is_fallback, within_s=20)
    print(f"back after {back_s:.2f} s, fallen back after {fallen_s:.2f} s")
    assert hub.python(FAULTS) == [["crash", "2.0.0"], ["crash", "2.0.0"]]
    assert hub.python(DEPLOYED) == ["1.0.0", "2.0.0"]
    assert ask(hub, faulty.CRASHES) is not None  # to the sound version the mark is a number like any other


def test_a_killed_server_is_no_fault_of_the_version(hub: live.Hub) -> None:
    threading.Thread(target=ask, args=(hub, faulty.HANGS), daemon=True).start()
    time.sleep(0.3)
    (worker,) = hub.workers()
    live.stop(worker, live.signal.SIGKILL)
    answered(hub, wished=is_good, within_s=20)
    assert hub.python(FAULTS) == []


def test_a_call_that_hangs_leaves_the_others_to_the_version_before(hub: live.Hub) -> None:
    (worker,) = hub.workers()
    threading.Thread(target=ask, args=(hub, faulty.HANGS), daemon=True).start()
    time.sleep(0.2)
    meanwhile = ask(hub)
    assert meanwhile is not None
    assert meanwhile["model"]["version"] == "2.0.0"
    took_s = answered(hub, wished=is_fallback, within_s=20)
    print(f"fallen back after {took_s:.2f} s")
    assert hub.workers() == [worker]
    assert hub.python(FAULTS) == [["timeouts", "2.0.0"]]


def test_a_process_most_of_whose_threads_hang_is_replaced(hub: live.Hub) -> None:
    (worker,) = hub.workers()
    for _ in range(6):
        threading.Thread(target=ask, args=(hub, faulty.HANGS), daemon=True).start()
    answered(hub, wished=lambda answer: is_fallback(answer) and hub.workers() != [worker], within_s=40)
    assert hub.python(DEPLOYED) == ["1.0.0", "2.0.0"]


def test_a_process_that_stands_still_is_replaced_and_its_version_named(hub: live.Hub) -> None:
    assert ask(hub, faulty.BLOCKS, wait_s=40.0) is None
    answered(hub, wished=is_good, within_s=30)
    assert hub.python(FAULTS) == [["crash", "2.0.0"]]


def test_a_flipped_byte_of_the_serving_version_is_answered_by_the_last_good_one_within_seconds(
    hub: live.Hub,
) -> None:
    before = ask(hub)
    path = Path(hub.python(BLOB))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(bytes(data))
    seen: list[dict[str, Any]] = []
    took_s = answered(hub, wished=lambda answer: seen.append(answer) or is_fallback(answer), within_s=20)
    print(f"the last good version answered after {took_s:.2f} s")
    assert before is not None
    own = [answer["scores"] for answer in seen if answer["model"]["version"] == "2.0.0"]
    assert own == [before["scores"]] * len(own)
    assert {answer["status"] for answer in seen} == {200}
    (worker,) = hub.workers()
    live.stop(worker, live.signal.SIGKILL)
    started_s = answered(hub, wished=is_fallback, within_s=20)
    print(f"and {started_s:.2f} s after the process was killed")


def test_crashes_in_a_row_end_the_server_and_the_next_one_serves_the_version_before(
    hub: live.Hub, tmp_path: Path
) -> None:
    assert ask(hub, faulty.CRASHES) is None
    answered(hub, wished=is_good, within_s=20)
    assert ask(hub, faulty.CRASHES) is None
    first = hub.server
    assert first is not None
    first.terminate()  # it ends by itself where the second crash came within 5.5 s of the start
    first.wait(30)
    with hub.serving(workers=1, log=tmp_path / "next.log"):  # what the supervisor of script/up does
        answered(hub, wished=is_fallback, within_s=20)
