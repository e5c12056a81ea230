"""``Idempotency-Key`` through HTTP: one execution, the same answer again, and no key lost to a crash."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from modelhub import ownership
from modelhub.api import idempotencykeys
from modelhub.api.idempotencykeys import Wish
from modelhub.api.models import IdempotencyKey
from modelhub.api.tasks import prune_idempotency
from modelhub.errors import Code, Conflict, SystemFault
from modelhub.registry import lifecycle
from modelhub.registry.models import Deployment, LifecycleEvent, ModelVersion
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages
from tests.integration.conftest import RegisterVersion, Trained
from tests.unit.modelhub.artifacts.package_building import as_entries, zip_bytes

DOOR = "/api/v1/model-management"
CALLERS = 8


@pytest.fixture
def version(register_version: RegisterVersion, trained: Trained) -> ModelVersion:
    return register_version(trained)


def post(api: Client, path: str, key: str, body: Any = None) -> Any:
    headers = {"Idempotency-Key": key}
    return api.post(f"{DOOR}{path}", body or {}, content_type="application/json", headers=headers)


def same(first: Any, again: Any) -> None:
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first


def test_the_same_deploy_again_gets_the_first_answer(api: Client, version: ModelVersion) -> None:
    first = post(api, "/1.0.0/deploy", "k1", {"reason": "better"})
    assert (first.status_code, first.json()["changed"]) == (200, True)
    same(first, post(api, "/1.0.0/deploy", "k1", {"reason": "better"}))
    assert Deployment.objects.count() == 1


def test_both_spellings_of_an_address_share_a_key(api: Client, version: ModelVersion) -> None:
    first = post(api, "/1.0.0/deploy", "k1")
    same(first, post(api, "/1.0.0/deploy/", "k1"))


def test_a_replay_does_not_act_although_the_state_has_moved_on(
    api: Client, version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    first = post(api, "/1.0.0/deploy", "k1")
    register_version(retrained, "2.0.0")
    post(api, "/2.0.0/deploy", "k2")
    same(first, post(api, "/1.0.0/deploy", "k1"))
    assert Deployment.objects.open().get().version.label == "2.0.0"


def test_a_rollback_is_replayed(
    api: Client, deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    post(api, "/2.0.0/deploy", "k1")
    first = post(api, "/1.0.0/rollback", "k1")
    assert first.json()["status"] == "rolled_back"
    same(first, post(api, "/1.0.0/rollback", "k1"))
    assert LifecycleEvent.objects.filter(operation="rollback").count() == 1


def test_another_body_under_the_same_key_is_a_mismatch(api: Client, version: ModelVersion) -> None:
    post(api, "/1.0.0/deploy", "k1", {"reason": "better"})
    other = post(api, "/1.0.0/deploy", "k1", {"reason": "worse"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


def test_a_refusal_is_a_final_answer_and_replayed(api: Client, version: ModelVersion) -> None:
    first = post(api, "/nothing/deploy", "k1")
    assert (first.status_code, first.json()["code"]) == (404, "version_not_found")
    same(first, post(api, "/nothing/deploy", "k1"))


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", "a\x7fb", "schlüssel"])
def test_a_key_that_cannot_be_kept_is_refused(api: Client, version: ModelVersion, key: str) -> None:
    answer = post(api, "/1.0.0/deploy", key)
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")
    assert not Deployment.objects.exists()


def test_a_failure_of_ours_frees_the_key(
    api: Client, version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise SystemFault(Code.DATABASE_UNAVAILABLE, "Away.")

    with monkeypatch.context() as moment:
        moment.setattr(lifecycle, "_put_in_force", broken)
        assert post(api, "/1.0.0/deploy", "k1").status_code == 503
    assert post(api, "/1.0.0/deploy", "k1").json()["changed"] is True


def test_an_unexpected_failure_frees_the_key(
    api: Client, version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.raise_request_exception = False
    with monkeypatch.context() as moment:
        moment.setattr(lifecycle, "_put_in_force", lambda *_, **__: 1 / 0)
        assert post(api, "/1.0.0/deploy", "k1").status_code == 500
    assert post(api, "/1.0.0/deploy", "k1").json()["changed"] is True


def test_a_caller_without_permission_leaves_no_key(db: None) -> None:
    assert post(Client(REMOTE_ADDR="192.0.2.1"), "/1.0.0/deploy", "k1").status_code == 401
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_an_upload_is_known_by_its_content_not_by_its_boundary(api: Client) -> None:
    data = zip_bytes(as_entries(packages.service_members()))

    def upload(content: bytes, boundary: str) -> Any:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="p.zip"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return api.post(f"{DOOR}/import", body, content_type=kind, headers={"Idempotency-Key": "k1"})

    first = upload(data, "one")
    assert first.status_code == 201
    same(first, upload(data, "two"))
    assert upload(data + b"\x00", "one").json()["code"] == "idempotency_mismatch"
    assert Transfer.objects.count() == 1


@pytest.mark.django_db
def test_an_import_by_path_is_replayed_with_its_201(api: Client, tmp_path: Path) -> None:
    source = TrainingSource.objects.create(name="training", location=str(tmp_path / "training"))
    packages.write_folder(Path(source.location) / "models" / "1.0.0", packages.service_members())
    first = post(api, "/import/models/1.0.0", "k1")
    assert first.status_code == 201
    same(first, post(api, "/import/models/1.0.0", "k1"))
    assert post(api, "/import/models/1.0.0?model=wifi", "k1").json()["code"] == "idempotency_mismatch"
    assert Transfer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_calls_at_once_are_one_execution(version: ModelVersion) -> None:
    start = Barrier(CALLERS)

    def call(_: int) -> tuple[int, str]:
        try:
            start.wait(30)
            answer = post(Client(headers={"Host": "localhost"}), "/1.0.0/deploy", "k1")
            return answer.status_code, answer.json().get("code", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(call, range(CALLERS)))
    assert set(answers) <= {(200, ""), (409, "idempotency_in_progress")}
    assert (200, "") in answers
    assert LifecycleEvent.objects.filter(operation="deploy").count() == 1


@pytest.mark.django_db(transaction=True)
def test_while_it_runs_a_second_call_is_told_to_come_back(
    version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on = Event(), Event()
    original: Callable[..., Any] = lifecycle._put_in_force

    def slow(*args: Any, **more: Any) -> Any:
        entered.set()
        assert go_on.wait(30)
        return original(*args, **more)

    monkeypatch.setattr(lifecycle, "_put_in_force", slow)

    def call() -> int:
        try:
            return int(post(Client(headers={"Host": "localhost"}), "/1.0.0/deploy", "k1").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(call)
        assert entered.wait(30)
        second = post(Client(headers={"Host": "localhost"}), "/1.0.0/deploy", "k1")
        go_on.set()
        assert first.result(30) == 200
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_progress")
    assert int(second["Retry-After"]) > 0


# What crashed, what is old.

WISH = Wish(caller="maria", operation="o" * 64, key="k1", fingerprint="f" * 64)


def _claimed_by(owner: str, *, minutes_ago: int) -> None:
    idempotencykeys.claim(WISH)
    moment = timezone.now() - timedelta(minutes=minutes_ago)
    IdempotencyKey.objects.update(owner=owner, claimed_at=moment, claim="another")


def _is_claimable() -> bool:
    try:
        return isinstance(idempotencykeys.claim(WISH), str)
    except Conflict:
        return False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("owner", "minutes_ago", "claimable"),
    [
        ("gone", 0, True),
        ("gone", 11, True),
        ("living", 11, False),
        ("elsewhere", 1, False),
        ("elsewhere", 11, True),
    ],
)
def test_a_run_whose_process_is_gone_can_be_done_again(owner: str, minutes_ago: int, claimable: bool) -> None:
    place, _, _ = ownership.this_process().partition(" ")
    parent = f"{place} 1 {ownership._started(1)}"
    owners = {"gone": f"{place} 999999999 1", "living": parent, "elsewhere": "another-host/1 1 1"}
    _claimed_by(owners[owner], minutes_ago=minutes_ago)
    assert _is_claimable() is claimable


@pytest.mark.django_db
def test_a_run_that_this_process_gave_up_can_be_done_again() -> None:
    name = idempotencykeys.claim(WISH)
    assert isinstance(name, str)
    assert not _is_claimable()
    idempotencykeys._running.discard(name)
    assert _is_claimable()


@pytest.mark.django_db
def test_whoever_lost_its_claim_does_not_overwrite_the_answer() -> None:
    late = idempotencykeys.claim(WISH)
    assert isinstance(late, str)
    IdempotencyKey.objects.update(claim="the new one")
    idempotencykeys.finish(late, idempotencykeys.Answer(200, "application/json", {}, "late"))
    idempotencykeys.release(late)
    assert IdempotencyKey.objects.get().status is None


@pytest.mark.django_db
def test_an_answer_is_kept_for_a_day_and_then_pruned() -> None:
    name = idempotencykeys.claim(WISH)
    assert isinstance(name, str)
    idempotencykeys.finish(name, idempotencykeys.Answer(200, "application/json", {}, "{}"))
    assert prune_idempotency() == {"removed": 0}
    IdempotencyKey.objects.update(claimed_at=timezone.now() - timedelta(hours=25))
    assert _is_claimable()
    IdempotencyKey.objects.update(claimed_at=timezone.now() - timedelta(hours=25))
    assert prune_idempotency() == {"removed": 1}


@pytest.mark.django_db
def test_a_simple_upload_without_a_key_is_as_before(api: Client) -> None:
    file = SimpleUploadedFile("p.zip", zip_bytes(as_entries(packages.service_members())))
    assert api.post(f"{DOOR}/import", {"file": file}).status_code == 201
    assert not IdempotencyKey.objects.exists()
