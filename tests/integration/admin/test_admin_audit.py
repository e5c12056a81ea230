"""The pages of the trail and of "deployed at a time": who may see them, what they say."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from modelhub.actors import Actor, Channel, placed
from modelhub.audit import trail
from modelhub.audit.models import AuditCheck, AuditEntry
from modelhub.registry.models import Deployment, ModelVersion
from tests.integration.admin.conftest import SignIn

MARIA = Actor("maria", Channel.ADMIN)
LIST = "/admin/audit/auditentry/"
AT = "/admin/registry/deployment/at/"


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def _entry() -> AuditEntry:
    with placed("192.0.2.7", request_id="r1"):
        return trail.record(
            "version.deploy",
            "wifi:1",
            MARIA,
            reason="<b>better</b>",
            before={"deployed": "wifi:0"},
            after={"deployed": "wifi:1"},
        )


def test_the_list_shows_who_did_what(chief: Client) -> None:
    _entry()
    page = _page(chief, LIST)
    assert all(word in page for word in ("version.deploy", "wifi:1", "maria", "&lt;b&gt;better&lt;/b&gt;"))


def test_an_empty_trail_says_what_will_be_here(chief: Client) -> None:
    assert "Nothing happened yet" in _page(chief, LIST)


@pytest.mark.parametrize(
    "query",
    ["q=wifi", "q=r1", "actor=maria", "action=version.deploy", "outcome=done", "channel=admin", "within=day"],
)
def test_the_list_can_be_searched_and_filtered(chief: Client, query: str) -> None:
    _entry()
    trail.record("token.create", "ci", Actor("paul", Channel.API), outcome=trail.Outcome.DENIED)
    page = _page(chief, f"{LIST}?{query}")
    assert ">#1<" in page
    assert (">#2<" in page) == (query == "within=day")


def test_an_entry_shows_before_and_after_with_the_change_marked(chief: Client) -> None:
    page = _page(chief, f"{LIST}{_entry().pk}/change/")
    assert 'class="mh-differs"' in page
    assert all(word in page for word in ("wifi:0", "wifi:1", "192.0.2.7", "r1"))


def test_an_entry_cannot_be_changed_or_deleted_by_anybody(chief: Client) -> None:
    entry = _entry()
    key = entry.pk
    chief.post(f"{LIST}{key}/change/", {"actor": "eve"})
    assert chief.post(f"{LIST}{key}/delete/", {"post": "yes"}).status_code == 403
    assert chief.get(f"{LIST}add/").status_code == 403
    assert AuditEntry.objects.get(pk=key).hash == entry.hash


def test_the_state_of_the_chain_stands_above_the_list(chief: Client) -> None:
    _entry()
    assert "The chain was not verified yet" in _page(chief, LIST)
    chief.post(f"{LIST}verify/")
    page = _page(chief, LIST)
    assert "The chain is whole" in page
    assert AuditCheck.objects.get().head in page


def test_a_broken_chain_is_said_with_its_place(chief: Client) -> None:
    _entry()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET actor = 'eve'")
    chief.post(f"{LIST}verify/")
    page = _page(chief, LIST)
    assert "The chain is broken" in page
    assert "Entry #1 is not as it was written." in page


def test_the_trail_is_shown_to_who_may_view_it_only(sign_in: SignIn) -> None:
    paul = sign_in("registry.view_modelversion", name="paul")
    assert paul.get(LIST).status_code == 403
    assert paul.post(f"{LIST}verify/").status_code == 403
    assert sign_in("audit.view_auditentry").get(LIST).status_code == 200


def test_the_page_of_a_time_names_the_version_then_with_who_and_why(
    chief: Client, deployed_version: ModelVersion
) -> None:
    row = Deployment.objects.get()
    page = _page(chief, f"{AT}?time={row.deployed_at + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}")
    assert all(word in page for word in ("1.0.0", "tester", f"Deployment #{row.pk}"))


def test_the_page_of_an_earlier_time_says_when_the_first_deployment_came(
    chief: Client, deployed_version: ModelVersion
) -> None:
    assert "Nothing was deployed then" in _page(chief, f"{AT}?time=2020-01-01T00:00")


def test_a_time_that_is_none_is_said_so(chief: Client, deployed_version: ModelVersion) -> None:
    assert "That is no time" in _page(chief, f"{AT}?time=tomorrow")


@pytest.mark.parametrize("time", ["", "tomorrow", "0000-00-00T00:00", "%00", "9999-12-31T23:59"])
def test_no_time_makes_the_page_fail(chief: Client, deployed_version: ModelVersion, time: str) -> None:
    assert "At this time (UTC)" in _page(chief, f"{AT}?time={time}")


def test_the_page_of_a_hub_without_models_says_what_to_do(chief: Client) -> None:
    assert "There is no registered model yet" in _page(chief, AT)
