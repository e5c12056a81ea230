"""Imports through HTTP: the documented answers, and for every bad input its status, code and clean hands."""

import io
import json
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from modelhub import conf
from modelhub.artifacts.store import Store
from modelhub.registry.models import ModelVersion
from modelhub.transfers import costs
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages
from tests.unit.modelhub.artifacts.package_building import Raw, as_entries, zip_bytes

pytestmark = pytest.mark.django_db
IMPORT = "/api/v1/model-management/import"
Members = dict[str, bytes]


@pytest.fixture
def api() -> Client:
    return Client(headers={"Host": "localhost"})


@pytest.fixture
def source(tmp_path: Path) -> TrainingSource:
    folder = tmp_path / "training"
    folder.mkdir()
    return TrainingSource.objects.create(name="training", location=str(folder))


@pytest.fixture
def place(source: TrainingSource) -> Path:
    return Path(source.location)


def upload(api: Client, data: bytes, name: str = "package.zip", query: str = "") -> Any:
    return api.post(f"{IMPORT}{query}", {"file": SimpleUploadedFile(name, data, "application/zip")})


def left_behind() -> list[Any]:
    root = conf.staging_root()
    staged = [path.name for path in root.iterdir() if path.name != ".guard"] if root.exists() else []
    return [*staged, *Store(conf.store_root()).digests(), *ModelVersion.objects.all()]


def refused(answer: Any, status: int, code: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer["Content-Type"] == "application/problem+json"
    assert body["detail"]
    assert left_behind() == []
    assert Transfer.objects.get(pk=body["transfer_id"]).code == code


# What works.


def test_a_package_in_a_source_becomes_a_version(api: Client, place: Path) -> None:
    packages.write_folder(place / "models" / "1.0.0", packages.service_members())
    answer = api.post(f"{IMPORT}/models/1.0.0")
    body = answer.json()
    assert answer.status_code == 201
    assert body["already_imported"] is False
    assert body["version"]["reference"] == "default:1.0.0"
    assert body["version"]["status"] == "available"
    assert body["transfer"]["source"] == "training"
    assert body["transfer"]["original_path"] == "models/1.0.0"
    assert body["transfer"]["error"] is None
    # Row 16: no manifest is a warning.
    assert "manifest_absent" in {note["code"] for note in body["transfer"]["notes"]}


def test_the_same_content_again_is_a_200_and_no_second_version(api: Client, place: Path) -> None:
    packages.write_folder(place / "a", packages.service_members())
    packages.write_zip(place / "b.zip", packages.deployment_members())
    first, again = api.post(f"{IMPORT}/a/"), api.post(f"{IMPORT}/b.zip/")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["already_imported"] is True
    assert again.json()["version"]["id"] == first.json()["version"]["id"]
    assert Transfer.objects.count() == 2


def test_an_absolute_path_inside_the_source_is_accepted(api: Client, place: Path) -> None:
    packages.write_folder(place / "a", packages.service_members())
    TrainingSource.objects.update(location="/tmp")
    refused(api.post(f"{IMPORT}/{place.parent.parent}/nothing"), 404, "package_not_found")
    TrainingSource.objects.update(location=str(place))
    assert api.post(f"{IMPORT}/{place}/a").status_code == 201


def test_an_upload_is_imported_into_the_named_model(api: Client) -> None:
    answer = upload(api, packages.zipped(packages.deployment_members()), query="?model=sshd")
    assert answer.status_code == 201
    assert answer.json()["version"]["reference"] == "sshd:1.0.0"
    assert answer.json()["transfer"]["original_path"] == "package.zip"


def test_scripts_in_a_package_are_dropped_and_never_run(api: Client, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    script = f"open({str(canary)!r}, 'w')".encode()
    members = packages.deployment_members() | {"validate_model.py": script, "requirements.txt": b"evil"}
    assert upload(api, packages.zipped(members)).status_code == 201
    assert not canary.exists()


def test_impossible_claims_are_a_note_and_never_deploy(api: Client) -> None:
    def claim(metadata: dict[str, Any]) -> None:
        metadata["evaluation_info"]["basic_metrics"]["accuracy"] = 7
        metadata["deployment_info"]["status"] = "deployed"

    answer = upload(api, packages.zipped(described(claim)))
    assert answer.status_code == 201
    assert "metadata_suspect" in {note["code"] for note in answer.json()["transfer"]["notes"]}
    assert answer.json()["version"]["status"] == "available"


# Paths (rows 1 to 7).


@pytest.mark.parametrize(
    "path",
    [
        "../etc/passwd",
        "a/../../b",
        "%2e%2e%2fetc",
        "%252e%252e%252fetc",
        "a%00b",
        "a%5cb",
        "C:%5cmodels",
        "a" * 5000,
        "١٢٣",
        "http:%2f%2f169.254.169.254/latest",
        "file:%2f%2f%2fetc",
        "%ff%fe",
        "a%0a",
        "a b",
    ],
)
def test_a_malformed_path_is_400(path: str, api: Client, place: Path) -> None:
    refused(api.post(f"{IMPORT}/{path}"), 400, "path_invalid")


def test_an_absolute_path_elsewhere_is_400(api: Client, place: Path) -> None:
    refused(api.post(f"{IMPORT}//etc/passwd"), 400, "path_outside_root")


def test_a_link_is_400(api: Client, place: Path, tmp_path: Path) -> None:
    packages.write_folder(tmp_path / "secret", packages.service_members())
    (place / "link").symlink_to(tmp_path / "secret")
    refused(api.post(f"{IMPORT}/link"), 400, "path_symlink")


def test_a_hard_linked_file_is_400(api: Client, place: Path, tmp_path: Path) -> None:
    packages.write_zip(tmp_path / "secret.zip", packages.service_members())
    os.link(tmp_path / "secret.zip", place / "hard.zip")
    refused(api.post(f"{IMPORT}/hard.zip"), 400, "path_hardlink")


def test_a_pipe_or_socket_is_400_and_does_not_block(api: Client, place: Path) -> None:
    os.mkfifo(place / "pipe")
    refused(api.post(f"{IMPORT}/pipe"), 400, "path_not_regular")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place / "s"))
        refused(api.post(f"{IMPORT}/s"), 400, "path_not_regular")


def test_an_unknown_package_is_404(api: Client, place: Path) -> None:
    refused(api.post(f"{IMPORT}/models/none"), 404, "package_not_found")


# Zips (rows 8 to 14).


def test_names_that_leave_the_folder_are_refused(api: Client) -> None:
    for name in ("../outside.txt", "/tmp/absolute.txt", "a\\..\\b.json"):
        members = packages.deployment_members() | {name: b"x"}
        refused(upload(api, packages.zipped(members)), 422, "package_bad_name")


def test_a_bomb_is_refused_by_its_ratio(api: Client) -> None:
    members = packages.deployment_members() | {"reference_profile.json": b" " * 3_000_000}
    refused(upload(api, packages.zipped(members)), 422, "package_ratio")


def test_five_thousand_entries_are_refused(api: Client) -> None:
    members = packages.service_members() | {f"{i}.txt": b"" for i in range(5000)}
    refused(upload(api, packages.zipped(members)), 422, "package_too_many_entries")


def bent(**changes: Any) -> bytes:
    """A package zip whose scaler entry says something that is not true."""
    members = packages.service_members()
    entries = as_entries({name: data for name, data in members.items() if name != "scaler.joblib"})
    return zip_bytes([*entries, Raw(b"scaler.joblib", members["scaler.joblib"], **changes)])


def test_a_zip_that_tells_the_truth_is_imported(api: Client) -> None:
    assert upload(api, bent()).status_code == 201


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"declared_size": 10}, "package_file_too_large"),
        ({"declared_size": 40_000}, "package_corrupt"),
        ({"declared_size": 300 * 1024**2}, "package_file_too_large"),
        ({"crc": 1}, "package_corrupt"),
        ({"flags": 0x1}, "package_encrypted"),
        ({"flags": 0x41}, "package_encrypted"),
        ({"packed": b"\xff" * 900}, "package_corrupt"),
    ],
)
def test_an_entry_that_lies_or_is_encrypted_is_refused(
    changes: dict[str, Any], code: str, api: Client
) -> None:
    refused(upload(api, bent(**changes)), 422, code)


def test_entries_that_overlap_are_refused(api: Client) -> None:
    hidden = zip_bytes([Raw(b"scaler.joblib", b"x" * 100, method=0)])
    outer = Raw(b"model.joblib", hidden, method=0)  # its content is the header of another entry
    inside = 30 + len(outer.name)
    entries = [outer, *as_entries({"metadata.json": packages.service_members()["metadata.json"]})]
    overlapping = Raw(b"scaler.joblib", b"x" * 100, method=0, at=inside)
    refused(upload(api, zip_bytes([*entries, overlapping])), 422, "package_overlap")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("probe_rows.json", {"rows": 5}),
        ("probe_rows.json", {"rows": True}),
        ("probe_rows.json", {"rows": [[1.0]], "scores": [0.5]}),
        ("calibration_scores.json", 5),
        ("calibration_scores.json", {"scores": 7}),
    ],
)
def test_extras_that_hold_something_else_are_refused(name: str, value: Any, api: Client) -> None:
    members = packages.service_members() | {name: packages.encoded(value)}
    refused(upload(api, packages.zipped(members)), 422, "metadata_invalid")


def test_probe_rows_of_a_package_are_never_scored_in_this_process(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(*args: Any) -> NoReturn:
        raise AssertionError("foreign rows were scored in the web process")

    monkeypatch.setattr("inference.runtimes.catalog.score_safe_form", here)
    fitted = packages.fit()
    probe = {"rows": fitted.rows[:3].tolist(), "scores": fitted.scores[:3].tolist()}
    members = packages.service_members() | {"probe_rows.json": packages.encoded(probe)}
    assert upload(api, packages.zipped(members)).status_code == 201


def test_one_import_too_many_is_503_with_retry_after(api: Client) -> None:
    package = packages.zipped(packages.service_members())
    with costs.slot(), costs.slot():
        answer = upload(api, package)
    assert (answer.status_code, answer.json()["code"]) == (503, "import_busy")
    assert answer["Retry-After"]
    assert Transfer.objects.get(pk=answer.json()["transfer_id"]).code == "import_busy"
    assert upload(api, package).status_code == 201


def test_a_damaged_version_is_repaired_by_the_same_package(api: Client) -> None:
    package = packages.zipped(packages.service_members())
    first = upload(api, package).json()["version"]
    store = Store(conf.store_root())
    for digest in list(store.digests()):
        store.remove(digest)
    answer = upload(api, package)
    assert (answer.status_code, answer.json()["status"]) == (200, "imported")
    assert answer.json()["version"]["id"] == first["id"]
    assert "repaired" in {note["code"] for note in answer.json()["transfer"]["notes"]}
    deployed = api.post("/api/v1/model-management/1.0.0/deploy", content_type="application/json")
    assert deployed.status_code == 200


def test_a_label_with_a_plus_is_imported_from_its_folder(api: Client, place: Path) -> None:
    packages.write_folder(place / "1.0+a", packages.service_members("1.0+a"))
    answer = api.post(f"{IMPORT}/1.0+a")
    assert (answer.status_code, answer.json()["version"]["reference"]) == (201, "default:1.0+a")


def test_two_files_of_one_name_are_refused(api: Client) -> None:
    buffer = io.BytesIO(packages.zipped(packages.service_members()))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("model.joblib", b"other")
    refused(upload(api, buffer.getvalue()), 422, "package_duplicate_name")


@pytest.mark.parametrize("data", [b"", b"PK", os.urandom(4000)])
def test_what_is_no_zip_is_refused(data: bytes, api: Client) -> None:
    answer = upload(api, data)
    if data:
        refused(answer, 422, "package_not_zip")
    else:
        assert (answer.status_code, answer.json()["code"]) in {
            (422, "package_not_zip"),
            (422, "body_invalid"),
        }


def test_an_unexpected_member_is_refused(api: Client) -> None:
    members = packages.deployment_members() | {"inner.zip": b"PK"}
    refused(upload(api, packages.zipped(members)), 422, "package_unexpected_file")


def test_lzma_is_refused(api: Client) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        for name, data in packages.service_members().items():
            archive.writestr(name, data)
    refused(upload(api, buffer.getvalue()), 422, "package_compression")


@pytest.mark.parametrize("missing", ["model.joblib", "metadata.json"])
def test_a_missing_core_file_is_refused(missing: str, api: Client) -> None:
    members = {name: data for name, data in packages.service_members().items() if name != missing}
    refused(upload(api, packages.zipped(members)), 422, "package_missing_file")


# Uploads (row 13).


def test_an_upload_that_declares_too_much_is_413_before_it_is_read(api: Client, settings: Any) -> None:
    settings.MODELHUB = settings.MODELHUB | {"MAX_UPLOAD_BYTES": 1000}
    answer = upload(api, b"x" * 200_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert left_behind() == []


def test_an_upload_above_the_limit_is_413_whatever_it_declared(api: Client, settings: Any) -> None:
    settings.MODELHUB = settings.MODELHUB | {"MAX_UPLOAD_BYTES": 1000}
    answer = upload(api, b"x" * 30_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert left_behind() == []


def test_an_upload_without_the_file_part_says_so(api: Client) -> None:
    answer = api.post(IMPORT, {"other": SimpleUploadedFile("a.zip", b"x")})
    assert (answer.status_code, answer.json()["code"]) == (422, "body_invalid")


def test_json_is_not_an_upload(api: Client) -> None:
    answer = api.post(IMPORT, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media")


def test_a_signed_in_upload_needs_its_csrf_token_and_is_capped_while_it_is_read(
    admin_user: User, settings: Any
) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"Host": "localhost"})
    browser.force_login(admin_user)
    data = packages.zipped(packages.deployment_members())
    assert upload(browser, data).status_code == 403
    token = "t" * 32
    browser.cookies["csrftoken"] = token
    file = SimpleUploadedFile("package.zip", data)
    answer = browser.post(IMPORT, {"csrfmiddlewaretoken": token, "file": file})
    assert answer.status_code == 201
    assert answer.json()["transfer"]["initiated_by"] == "admin"
    settings.MODELHUB = settings.MODELHUB | {"MAX_UPLOAD_BYTES": 1000}
    assert upload(browser, data).status_code == 413


# Content (rows 15, 18, 19, 21, 22, 32, 36).


class Touch:
    """Code that would run on unpickling."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_wrong_hash_is_refused_before_anything_is_unpickled(api: Client, tmp_path: Path) -> None:
    hostile = packages.dumped(Touch(tmp_path / "canary"))
    members = packages.deployment_members() | {"model.joblib": hostile}
    refused(upload(api, packages.zipped(members)), 422, "hash_mismatch")
    assert not (tmp_path / "canary").exists()


def test_code_in_a_pickle_never_runs_even_with_validate_off(api: Client, tmp_path: Path) -> None:
    hostile = packages.service_members() | {"model.joblib": packages.dumped(Touch(tmp_path / "canary"))}
    refused(upload(api, packages.zipped(hostile), query="?validate=false"), 422, "unsafe_type")
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "text",
    [
        b"not json",
        b'{"model_info": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"model_info": []}',
        '{"a": "b"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a": "b"}',
        b'{"a": "\\ud800"}',
    ],
)
def test_unusable_metadata_is_refused(text: bytes, api: Client) -> None:
    # Stored, not deflated: the bracket bomb would be refused by its ratio already.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in (packages.service_members() | {"metadata.json": text}).items():
            archive.writestr(name, data)
    refused(upload(api, buffer.getvalue()), 422, "metadata_invalid")


@pytest.mark.parametrize("label", ["a/b", "..", "a\x00b", "<b>x</b>", "x" * 300, "models", "current"])
def test_an_unusable_version_label_is_refused(label: str, api: Client) -> None:
    answer = upload(api, packages.zipped(described(lambda m: m["model_info"].update(version=label))))
    refused(answer, 422, "metadata_invalid" if "\x00" in label else "version_invalid")


def test_one_label_for_two_contents_is_409_and_the_old_version_stays(api: Client) -> None:
    assert upload(api, packages.zipped(packages.service_members(seed=0))).status_code == 201
    answer = upload(api, packages.zipped(packages.service_members(seed=1)))
    digest = ModelVersion.objects.get().digest
    assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")
    assert "default:1.0.0" in answer.json()["detail"]
    assert digest[:12] in answer.json()["detail"]


def test_swapped_feature_names_are_refused(api: Client) -> None:
    names = [packages.NAMES[1], packages.NAMES[0], *packages.NAMES[2:]]
    members = described(lambda m: m["training_info"].update(feature_names=names))
    refused(upload(api, packages.zipped(members)), 422, "feature_mismatch")


# Parameters, permissions, listings.


@pytest.mark.parametrize("query", ["?validate=perhaps", "?model=a%20b", "?model=%00"])
def test_a_parameter_that_cannot_be_used_is_422(query: str, api: Client, place: Path) -> None:
    answer = api.post(f"{IMPORT}/a{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "param_invalid")


def test_an_unknown_source_is_404_and_no_source_is_503(api: Client) -> None:
    assert api.post(f"{IMPORT}/a?source=none").status_code == 404
    answer = api.post(f"{IMPORT}/a")
    assert (answer.status_code, answer.json()["code"]) == (503, "source_unavailable")
    assert answer["Retry-After"]


def test_a_source_whose_folder_is_gone_is_503(api: Client, place: Path) -> None:
    place.rmdir()
    refused(api.post(f"{IMPORT}/a"), 503, "source_unavailable")
    assert api.get("/api/v1/model-management/training-service/models?source=training").status_code == 503
    assert api.get("/api/v1/model-management/training-service/models").json() == []


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_another_method_is_405(method: str, api: Client) -> None:
    assert getattr(api, method)(f"{IMPORT}/a").status_code == 405


def test_a_stranger_may_neither_import_nor_look() -> None:
    stranger = Client(headers={"Host": "localhost"}, REMOTE_ADDR="10.0.0.9")
    assert stranger.post(f"{IMPORT}/a").status_code == 401
    assert stranger.get("/api/v1/model-management/transfer-history").status_code == 401


def test_a_listing_says_what_is_new_imported_or_refused_and_why(api: Client, place: Path) -> None:
    packages.write_folder(place / "models" / "good", packages.service_members("good"))
    packages.write_folder(place / "models" / "new", packages.service_members("new", seed=1))
    packages.write_folder(
        place / "models" / "bad", packages.service_members("bad") | {"model.joblib": packages.dumped({})}
    )
    packages.write_folder(place / "models" / "half", {"model.joblib": b"x"})
    assert api.post(f"{IMPORT}/models/good").status_code == 201
    assert api.post(f"{IMPORT}/models/bad").status_code == 422
    rows = {row["path"]: row for row in api.get("/api/v1/model-management/training-service/models/").json()}
    assert rows["models/good"]["imported_as"] == "default:good"
    assert (rows["models/new"]["imported"], rows["models/new"]["importable"]) == (False, True)
    assert rows["models/bad"]["problem"]["code"] == "model_not_usable"
    assert rows["models/half"]["problem"]["code"] == "package_missing_file"
    assert rows["models/new"]["training_samples"] == 64


def test_a_listing_applies_the_upload_limit(api: Client, place: Path, settings: Any) -> None:
    packages.write_zip(place / "a.zip", packages.service_members())
    settings.MODELHUB = settings.MODELHUB | {"MAX_UPLOAD_BYTES": 1000}
    (row,) = api.get("/api/v1/model-management/training-service/models").json()
    assert row["problem"]["code"] == "upload_too_large"


def test_a_failure_that_says_nothing_of_the_content_leaves_it_importable(api: Client, place: Path) -> None:
    packages.write_folder(place / "a", packages.service_members())
    assert api.post(f"{IMPORT}/a?model=other").status_code == 201
    digest = ModelVersion.objects.get().digest
    seen = []
    for status, code in (("refused", "unsafe_type"), ("refused", "resource_limit"), ("imported", "")):
        Transfer.objects.create(origin="a", digest=digest, status=status, code=code, detail=code and "Why.")
        (row,) = api.get("/api/v1/model-management/training-service/models").json()
        seen.append((row["importable"], row["problem"] and row["problem"]["detail"]))
    assert seen == [(False, "Why."), (True, "The last attempt failed: Why."), (True, None)]


def test_the_history_keeps_every_attempt_newest_first(api: Client, place: Path) -> None:
    packages.write_folder(place / "a", packages.service_members())
    for path in ("a", "a", "none"):
        api.post(f"{IMPORT}/{path}")
    page = api.get("/api/v1/model-management/transfer-history").json()
    assert [row["status"] for row in page["results"]] == ["refused", "unchanged", "imported"]
    assert page["results"][0]["error"]["code"] == "package_not_found"
    assert page["results"][0]["initiated_by"] == "developer (loopback)"
    narrowed = api.get("/api/v1/model-management/transfer-history/?status=refused&page_size=1").json()
    assert narrowed["count"] == 1
    assert api.get("/api/v1/model-management/transfer-history?status=odd").status_code == 422


def described(change: Callable[[dict[str, Any]], Any]) -> Members:
    """A service package whose metadata was changed."""
    members = packages.service_members()
    metadata = json.loads(members["metadata.json"])
    change(metadata)
    return members | {"metadata.json": packages.encoded(metadata)}
