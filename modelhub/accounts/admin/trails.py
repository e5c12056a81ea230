"""Changes to users and groups leave an entry with what stood before and after."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from modelhub.accounts import remembered
from modelhub.audit import trail
from modelhub.console.pages import actor

Snapshot = dict[str, Any]


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


class Recorded:
    """A form page whose saving and deleting is recorded as ``topic.create``, ``.change``, ``.delete``.

    Mixed in before the theme's class; the page saves in one transaction, which the entry belongs to.
    """

    model: Any
    topic: str
    facts: Callable[[Any], Snapshot]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The row is saved; what stood before is kept with the form for :meth:`save_related`."""
        form.facts_before = self._stored(obj.pk) if change else {}
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Groups and permissions are saved too, and the entry is written."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        verb = "change" if change else "create"
        row = form.instance
        self.record(request, verb, str(row), before=form.facts_before, after=self._stored(row.pk))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """The row is deleted; its entry says what it was."""
        name, before = str(obj), self._stored(obj.pk)
        super().delete_model(request, obj)  # type: ignore[misc]
        self.record(request, "delete", name, before=before, after={})

    def record(
        self, request: HttpRequest, verb: str, target: str, *, before: Snapshot, after: Snapshot
    ) -> None:
        """One entry; tokens are asked for again, because what their users may do may have changed."""
        remembered.forget()
        trail.record(f"{self.topic}.{verb}", target, actor(request), before=before, after=after)

    def _stored(self, key: Any) -> Snapshot:
        return type(self).facts(self.model._default_manager.get(pk=key))


def _permissions(relation: Any) -> list[str]:
    rows = relation.values_list("content_type__app_label", "codename")
    return sorted(f"{app}.{codename}" for app, codename in rows)
