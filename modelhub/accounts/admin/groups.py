"""Groups in the admin's theme: the roles, and who changed what they may do."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as stock  # registers its own first, so that ours can replace them
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from modelhub.accounts import roles
from modelhub.accounts.admin.trails import Recorded, group_facts
from modelhub.console.admin import HubAdmin

admin.site.unregister(Group)
_MEANINGS = {role.name: role.meaning for role in roles.ROLES}


@admin.register(Group)
class GroupAdmin(Recorded, stock.GroupAdmin, HubAdmin):
    """Every role of the product is there as a group; what an admin makes of it stays."""

    topic = "group"
    facts = staticmethod(group_facts)
    list_display = ("name", "meaning", "members", "grants")
    ordering = ("id",)  # as the roles were made, each including the one before
    lead = "Roles: named sets of permissions that users are put into. Each one includes those before it."
    lead_label = "Add a group"
    empty_title = "No groups yet"
    empty_text = "The roles client, viewer, operator and admin are made by `manage.py migrate`."

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: QuerySet[Group] = super().get_queryset(request)
        return rows.annotate(
            n_members=Count("user", distinct=True), n_permissions=Count("permissions", distinct=True)
        )

    @admin.display(description="for")
    def meaning(self, group: Group) -> str:
        return _MEANINGS.get(group.name, "")

    @admin.display(description="users", ordering="n_members")
    def members(self, group: Any) -> int:
        return int(group.n_members)

    @admin.display(description="permissions", ordering="n_permissions")
    def grants(self, group: Any) -> int:
        return int(group.n_permissions)
