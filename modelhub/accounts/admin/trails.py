"""Changes to users and groups leave an entry with what stood before and after."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from modelhub.accounts import remembered
from modelhub.audit.admin import recorded
from modelhub.audit.admin.recorded import Snapshot


def user_facts(user: User) -> Snapshot:
    """What decides what a user may do, as it stands in the database."""
    return {
        "username": user.get_username(),
        "email": user.email,
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "permissions": _permissions(user.user_permissions),
    }


def group_facts(group: Group) -> Snapshot:
    """What the group grants, as it stands in the database."""
    return {"name": group.name, "permissions": _permissions(group.permissions)}


class Recorded(recorded.Recorded):
    """The same for users and groups; tokens are asked for again, because their users may have changed."""

    def record(
        self, request: HttpRequest, verb: str, target: str, *, before: Snapshot, after: Snapshot
    ) -> None:
        """One entry in the trail, and no token is taken from memory."""
        remembered.forget()
        super().record(request, verb, target, before=before, after=after)


def _permissions(relation: Any) -> list[str]:
    rows = relation.values_list("content_type__app_label", "codename")
    return sorted(f"{app}.{codename}" for app, codename in rows)
