"""The registry leaves as a document and comes back from one, ours or a training service's."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from modelhub.audit.models import AuditEntry
from modelhub.registry.models import Alias, Artifact, LifecycleEvent, ModelVersion, RegisteredModel
from modelhub.transfers.models import TrainingSource, Transfer
from tests import packages
from tests.integration.conftest import RegisterVersion, Trained


def run(*arguments: str) -> Any:
    said = io.StringIO()
    call_command(*arguments, "--json", stdout=said)
    return json.loads(said.getvalue())


def exported() -> dict[str, Any]:
    said = io.StringIO()
    call_command("exportregistry", stdout=said)
    document: dict[str, Any] = json.loads(said.getvalue())
    return document


def states(report: dict[str, Any]) -> dict[str, str]:
    return {line["version"]: line["state"] for line in report["versions"]}


def timeless(value: Any) -> Any:
    """The document without what every hub makes anew: times, where packages lay, keys of its own rows."""
    dropped = {"written_at", "created_at", "imported_at", "at", "deployed_at", "ended_at", "sources"}
    if isinstance(value, dict):
        return {key: timeless(each) for key, each in value.items() if key not in dropped or key == "metadata"}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def empty_the_hub(settings: Settings, store: Path) -> None:
    """Nothing is left of the registry: as a fresh hub on an empty store."""
    for rows in (LifecycleEvent, Alias, Artifact, Transfer):
        rows.objects.all().delete()
    ModelVersion.with_deleted.all().delete()
    RegisteredModel.objects.all().delete()
    settings.MODELHUB = settings.MODELHUB | {"STORE": store}


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A training service's folder with two packages and its registry."""
    root = tmp_path / "lab"
    for label, seed in (("1.0.0", 0), ("2.0.0", 1)):
        packages.write_folder(root / "models" / label, packages.service_members(label, seed=seed))
    entries = {
        label: {"path": f"models/{label}", "created_at": "2026-11-22T21:04:22.3", "status": "deployed"}
        for label in ("1.0.0", "2.0.0", "3.0.0")
    }
    entries["4.0.0"] = {"path": "/home/dev/models/4.0.0"}
    (root / "models" / "model_registry.json").write_text(json.dumps(entries))
    return root


def test_a_services_registry_is_compared_with_the_disk_and_nothing_changes(db: None, lab: Path) -> None:
    report = run("importregistry", str(lab / "models" / "model_registry.json"), "--source-root", str(lab))
    assert states(report) == {
        "1.0.0": "importable",
        "2.0.0": "importable",
        "3.0.0": "missing on disk",
        "4.0.0": "missing on disk",
    }
    assert not ModelVersion.objects.exists()


def test_what_is_importable_is_imported_as_any_package_and_deployed_never(db: None, lab: Path) -> None:
    document = str(lab / "models" / "model_registry.json")
    report = run("importregistry", document, "--source-root", str(lab), "--import")
    assert {label for label, state in states(report).items() if state == "imported"} == {"1.0.0", "2.0.0"}
    assert Transfer.objects.filter(status="imported").count() == 2
    assert RegisteredModel.objects.get().current_version is None
    assert AuditEntry.objects.filter(action="registry.import").count() == 1
    again = states(run("importregistry", document, "--source-root", str(lab)))
    assert (again["1.0.0"], again["2.0.0"]) == ("equal", "equal")


def test_other_content_on_the_disk_is_named(db: None, lab: Path) -> None:
    document = str(lab / "models" / "model_registry.json")
    call_command("importregistry", document, "--source-root", str(lab), "--import", stdout=io.StringIO())
    for name, data in packages.service_members("1.0.0", seed=1).items():
        (lab / "models" / "1.0.0" / name).write_bytes(data)
    report = run("importregistry", document, "--source-root", str(lab))
    assert {line["version"]: line["differs"] for line in report["versions"]}["1.0.0"] == ["content on disk"]


def test_a_package_that_calls_itself_otherwise_is_not_imported(db: None, lab: Path) -> None:
    (lab / "models" / "1.0.0").rename(lab / "models" / "3.0.0")
    document = str(lab / "models" / "model_registry.json")
    report = run("importregistry", document, "--source-root", str(lab), "--import")
    assert states(report)["3.0.0"] == "not importable"
    assert not ModelVersion.objects.filter(label="1.0.0").exists()


def test_a_fresh_hub_with_the_packages_becomes_equal_to_the_document(
    db: None, lab: Path, tmp_path: Path, settings: Settings
) -> None:
    TrainingSource.objects.create(name="lab", location=str(lab))
    for label in ("1.0.0", "2.0.0"):
        call_command("importmodel", str(lab / "models" / label), "--model", "wifi", stdout=io.StringIO())
    call_command("setalias", "wifi:2.0.0", "shadow", stdout=io.StringIO())
    before = exported()
    document = tmp_path / "registry.json"
    document.write_text(json.dumps(before))
    assert set(states(run("importregistry", str(document))).values()) == {"equal"}

    empty_the_hub(settings, tmp_path / "fresh")
    report = run("importregistry", str(document), "--source-root", str(lab), "--import", "--aliases")
    assert set(states(report).values()) == {"imported"}
    assert [alias["restored"] for alias in report["aliases"]] == [True]
    after = exported()
    for model in (before["models"][0], after["models"][0]):
        for event in model["history"]:
            event.pop("reason")  # the alias says that a document restored it
    assert timeless(after) == timeless(before)


def test_the_same_state_gives_the_same_document_but_for_the_time(deployed_version: ModelVersion) -> None:
    first, second = exported(), exported()
    first.pop("written_at")
    second.pop("written_at")
    assert json.dumps(first) == json.dumps(second)


def test_an_alias_is_not_restored_onto_other_content(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained, tmp_path: Path
) -> None:
    other = register_version(retrained, "2.0.0")
    call_command("setalias", "2.0.0", "shadow", stdout=io.StringIO())
    document = tmp_path / "registry.json"
    document.write_text(json.dumps(exported()))
    Alias.objects.filter(name="shadow").delete()
    ModelVersion.objects.filter(pk=other.pk).update(digest="0" * 64)
    report = run("importregistry", str(document), "--aliases")
    restored = {alias["alias"]: alias["restored"] for alias in report["aliases"]}
    assert restored == {"default@champion": False, "default@shadow": False}
    assert {line["version"]: line["differs"] for line in report["versions"]}["2.0.0"] == ["digest"]


def test_damage_in_the_store_is_named_for_a_known_version(
    deployed_version: ModelVersion, tmp_path: Path, settings: Settings
) -> None:
    document = tmp_path / "registry.json"
    document.write_text(json.dumps(exported()))
    settings.MODELHUB = settings.MODELHUB | {"STORE": tmp_path / "elsewhere"}
    assert run("importregistry", str(document))["versions"][0]["differs"] == ["files in the store"]


def test_a_malformed_document_ends_with_its_place(db: None, tmp_path: Path) -> None:
    document = tmp_path / "registry.json"
    document.write_text('{"models": [{"version": 3}]}')
    with pytest.raises(CommandError) as refused:
        call_command("importregistry", str(document))
    assert refused.value.returncode == 1
    assert "/models/0/version" in str(refused.value)


@pytest.mark.parametrize("flags", [["--import"], ["--dry-run", "--import"], ["--dry-run", "--aliases"]])
def test_flags_that_contradict_each_other_are_a_misuse(db: None, tmp_path: Path, flags: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("importregistry", str(tmp_path / "registry.json"), *flags)
    assert refused.value.returncode == 2


def test_the_document_is_written_to_a_file_whole_and_audited(
    deployed_version: ModelVersion, tmp_path: Path
) -> None:
    target = tmp_path / "out.json"
    assert run("exportregistry", "--out", str(target))["bytes"] == target.stat().st_size
    assert json.loads(target.read_text())["models"][0]["versions"][0]["version"] == "1.0.0"
    assert AuditEntry.objects.filter(action="registry.export").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_a_folder_that_is_not_there_is_named_as_it_was_given(db: None, tmp_path: Path) -> None:
    target = str(tmp_path / "absent" / "out.json")
    with pytest.raises(CommandError, match=r"absent/out\.json"):
        call_command("exportregistry", "--out", target)


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_endpoint_answers_the_same_document(
    api: Client, deployed_version: ModelVersion, slash: str
) -> None:
    api.force_login(User.objects.create_superuser("chief"))
    response = api.get(f"/api/v1/registry/document{slash}")
    assert response.status_code == 200
    document = json.loads(b"".join(response.streaming_content))  # type: ignore[attr-defined]
    assert timeless(document) == timeless(exported())


def test_a_deleted_version_is_in_the_history_and_not_among_the_versions(
    deployed_version: ModelVersion, register_version: RegisterVersion, retrained: Trained
) -> None:
    register_version(retrained, "2.0.0")
    call_command("deletemodel", "2.0.0", stdout=io.StringIO())
    model = exported()["models"][0]
    assert [version["version"] for version in model["versions"]] == ["1.0.0"]
    assert ("2.0.0", "delete") in [(event["version"], event["operation"]) for event in model["history"]]
