"""Users and groups in the admin's theme."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth import admin as stock  # registers its own first, so that ours can replace them
from django.contrib.auth.models import Group, User

from modelhub.console.admin import HubAdmin

if TYPE_CHECKING:
    from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
else:
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm
    from unfold.forms import UserCreationForm as AdminUserCreationForm

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(stock.UserAdmin, HubAdmin):  # type: ignore[type-arg]
    """People who sign in, and what they may do."""

    lead = "People who may sign in. What they may do comes from their groups and permissions."
    lead_label = "Add a user"
    form = UserChangeForm
    add_form = AdminUserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(stock.GroupAdmin, HubAdmin):
    """Roles: named sets of permissions."""

    lead = "Roles: named sets of permissions that users are put into."
    lead_label = "Add a group"
    empty_title = "No groups yet"
    empty_text = (
        "A group is a named set of permissions, such as operator or viewer. Add one, then put users in it."
    )
