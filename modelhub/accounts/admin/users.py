"""Users in the admin's theme: people and programs, what they may do, and who changed it."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import admin as stock  # registers its own first, so that ours can replace them
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from modelhub.accounts.admin.trails import Recorded, user_facts
from modelhub.console.admin import HubAdmin
from modelhub.console.columns import moment

if TYPE_CHECKING:
    from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
else:
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm
    from unfold.forms import UserCreationForm as AdminUserCreationForm

admin.site.unregister(User)
ROLE_FIELDS = ("is_staff", "groups")
SUPERUSERS_ONLY = ("is_superuser", "user_permissions")  # else an admin could become more than an admin


@admin.register(User)
class UserAdmin(Recorded, stock.UserAdmin, HubAdmin):  # type: ignore[type-arg]
    """Roles come from groups; superusers are changed by superusers only."""

    topic = "user"
    facts = staticmethod(user_facts)
    form = UserChangeForm
    add_form = AdminUserCreationForm
    change_password_form = AdminPasswordChangeForm
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "usable_password", "password1", "password2")}),
        ("Role", {"fields": ROLE_FIELDS}),
    )
    list_display = (
        "username",
        "roles",
        "is_active",
        "is_staff",
        "email",
        moment("last_login", "last sign-in"),
    )
    lead = (
        "People and programs. What they may do comes from their groups; staff may sign in here, the others "
        "use tokens."
    )
    lead_label = "Add a user"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else SUPERUSERS_ONLY

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_touch(request, obj) and super().has_delete_permission(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """The theme's page; a changed password is recorded without anything of it."""
        with transaction.atomic():
            answer: HttpResponse = super().user_change_password(request, id, form_url)
            saved = isinstance(answer, HttpResponseRedirect) and answer.url != request.get_full_path()
            if request.method == "POST" and saved:
                user = self.get_object(request, id)
                self.record(request, "password", str(user), before={}, after={})
        return answer

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        if user.is_superuser:
            return "superuser"
        return ", ".join(group.name for group in user.groups.all()) or "none"


def _may_touch(request: HttpRequest, user: Any) -> bool:
    return user is None or not user.is_superuser or bool(request.user.is_superuser)
