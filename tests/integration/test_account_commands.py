"""Django's own commands for users leave entries as the pages do."""

from io import StringIO

import pytest
from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.models import User
from django.core.management import call_command

from modelhub.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_a_superuser_made_at_the_terminal_is_recorded() -> None:
    call_command(
        "createsuperuser", interactive=False, username="chief", email="chief@example.org", stdout=StringIO()
    )
    entry = AuditEntry.objects.get(action="user.create")
    assert (entry.target, entry.channel, entry.after["is_superuser"]) == ("chief", "command", True)


def test_a_password_changed_at_the_terminal_is_recorded_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("ada", password="old words")
    monkeypatch.setattr(changepassword.getpass, "getpass", lambda prompt: "zebra wagon 77")
    call_command("changepassword", "ada", stdout=StringIO())
    assert User.objects.get(username="ada").check_password("zebra wagon 77")
    assert AuditEntry.objects.get(action="user.password").target == "ada"
    assert "zebra" not in str(list(AuditEntry.objects.values()))
