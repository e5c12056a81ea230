"""The pages of drift checks: empty, checking now, what was found, who may."""

import pytest
from django.test import Client

from modelhub.actors import Actor, Channel
from modelhub.registry.models import ModelVersion
from monitoring import drift_checks
from monitoring.models import DriftCheck
from tests.integration.admin.conftest import SignIn
from tests.integration.conftest import RegisterVersion, Trained
from tests.integration.traffic import bring_profile, moved

LIST = "/admin/monitoring/driftcheck/"
ACTOR = Actor("maria", Channel.ADMIN)


@pytest.fixture
def version(register_version: RegisterVersion, trained: Trained) -> ModelVersion:
    """A version with its training profile and twenty minutes of longer messages."""
    found = register_version(trained)
    bring_profile(found, trained)
    moved(found, trained, minutes=20, column=list(found.feature_names).index("message_length"), by=30)
    return found


def _text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_empty_list_says_what_a_check_is(chief: Client) -> None:
    text = _text(chief, LIST)
    assert "No drift checks yet" in text
    assert 'href="add/"' in text


def test_checking_from_the_page_leads_to_the_report(chief: Client, version: ModelVersion) -> None:
    assert "Check this version for drift?" in _text(chief, f"{LIST}add/?version={version.pk}")
    assert not DriftCheck.objects.exists()
    answer = chief.post(f"{LIST}add/", {"version": version.pk}, follow=True)
    row = DriftCheck.objects.get()
    assert (row.actor, row.channel, row.verdict) == ("chief", "admin", "drift")
    assert answer.redirect_chain[-1][0] == f"{LIST}{row.pk}/change/"


def test_the_report_says_verdict_windows_and_next_step(chief: Client, version: ModelVersion) -> None:
    row = drift_checks.check(version, ACTOR)
    text = _text(chief, f"{LIST}{row.pk}/change/")
    assert "1 of" in text
    assert "message_length most" in text
    assert "Training profile" in text
    assert "train on newer logs" in text
    assert text.count("<svg") >= 2
    assert "not judged" in text


def test_a_report_without_a_comparison_says_what_is_missing(
    chief: Client, register_version: RegisterVersion, trained: Trained
) -> None:
    row = drift_checks.check(register_version(trained), ACTOR)
    text = _text(chief, f"{LIST}{row.pk}/change/")
    assert "insufficient data" in text
    assert "There is no reference yet" in text
    assert "neither that all is well" in text


def test_the_page_of_a_version_shows_its_newest_check(chief: Client, version: ModelVersion) -> None:
    page = f"/admin/registry/modelversion/{version.pk}/change/"
    assert "Not checked yet" in _text(chief, page)
    row = drift_checks.check(version, ACTOR)
    text = _text(chief, page)
    assert f"Check #{row.pk}" in text
    assert f"{LIST}add/?version={version.pk}" in text


def test_checking_needs_its_permission(sign_in: SignIn, version: ModelVersion) -> None:
    reader = sign_in("monitoring.view_driftcheck")
    assert reader.post(f"{LIST}add/", {"version": version.pk}).status_code == 403
    assert reader.get(f"{LIST}add/").status_code == 403
    assert "Check a version now" not in _text(reader, LIST)
    assert not DriftCheck.objects.exists()


def test_names_from_packages_are_inert(chief: Client, version: ModelVersion, trained: Trained) -> None:
    row = drift_checks.check(version, ACTOR)
    row.features[0]["name"] = "<script>alert(1)</script>\x1b[31m"
    row.distributions = {"<img src=x>": [["<b>0</b>", 0.5, 0.5], ["1", 0.5, 0.5]]}
    row.save()
    text = _text(chief, f"{LIST}{row.pk}/change/")
    assert "<script>alert" not in text
    assert "<img src=x>" not in text
    assert "\x1b" not in text
