"""API tokens: "Add" makes one and shows it once; a token is revoked, its row stays."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from modelhub.accounts import remembered, tokens
from modelhub.accounts.admin.forms import TokenForm
from modelhub.accounts.models import ApiToken
from modelhub.accounts.tokens import State
from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badge
from modelhub.console.columns import moment, text
from modelhub.console.pages import Button, Fact, actor
from modelhub.console.rows import OperationRows
from modelhub.errors import InputInvalid

TONES = {State.VALID: "good", State.EXPIRED: "mute", State.REVOKED: "bad", State.USER_INACTIVE: "warn"}


@admin.register(ApiToken)
class ApiTokenAdmin(OperationRows, HubAdmin):
    """Nobody can see a token again: only its digest is kept."""

    add_permission = "accounts.add_apitoken"
    revoke_permission = "accounts.delete_apitoken"
    report_template = "admin/console/record.html"
    list_display = (
        text("name"),
        "user",
        "key",
        "state",
        moment("created"),
        moment("expiry", "expires"),
        moment("last_used_at", "last used"),
        "revoke_link",
    )
    list_select_related = ("user",)
    list_filter = (("user", admin.RelatedOnlyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "token_key__startswith", "user__username")
    lead = "Credentials of programs. A token may do what its user may do, until it expires or is revoked."
    lead_label = "Make a token"
    empty_title = "No tokens yet"
    empty_text = (
        "A program that calls the API needs a token. Make one here for a user with the role client, or with "
        "`manage.py createtoken USER --name NAME`."
    )
    empty_link = "admin:accounts_apitoken_add"
    empty_link_text = "Make a token"
    empty_permission = "accounts.add_apitoken"

    def get_urls(self) -> list[Any]:
        revoke = self.admin_site.admin_view(self.revoke_view)
        return [path("<slug:key>/revoke/", revoke, name="accounts_apitoken_revoke"), *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Asked when a user is deleted, whose tokens go along; there is no page for deleting one."""
        return bool(request.user.has_perm(self.revoke_permission))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect(_revoke_page(self.viewable(request, object_id)))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET asks; POST makes the token and answers the only page that ever shows it."""
        self.demand(request, self.add_permission)
        initial = {"days": tokens.default_days()}
        assert isinstance(request.user, User)
        form = TokenForm(request.POST or None, by=request.user, initial=initial)
        if request.method == "POST" and form.is_valid():
            wish = form.cleaned_data
            try:
                token, text = tokens.issue(wish["user"], wish["name"], actor(request), days=wish["days"])
            except InputInvalid as error:
                form.add_error("name", error.detail)
            else:
                return self._shown_once(request, token, text)
        context = {"title": "Make a token", "form": form}
        status = 422 if form.errors else 200
        return self.page(request, "admin/console/token_add.html", context, status=status)

    def _shown_once(self, request: HttpRequest, token: ApiToken, text: str) -> HttpResponse:
        context = {
            "title": f"Token {token.name}",
            "token": token,
            "secret": text,
            "api": request.build_absolute_uri("/api/v1/models/current"),
        }
        return self.page(request, "admin/console/token_made.html", context)

    def revoke_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """GET says what would happen; POST revokes."""
        self.demand(request, self.revoke_permission)
        token = ApiToken.objects.select_related("user").filter(token_key=key).first()
        if token is None:
            raise Http404
        if request.method != "POST":
            context = {"title": f"Revoke {token.name}", "token": token, "original": token}
            return self.page(request, "admin/console/token_revoke.html", context)
        tokens.revoke(key, actor(request), reason=request.POST.get("reason", "").strip()[:2000])
        remembered.forget()
        messages.success(request, f"{token.name} is revoked. Programs that use it are refused from now on.")
        return redirect("admin:accounts_apitoken_changelist")

    def viewable(self, request: HttpRequest, object_id: str) -> ApiToken:
        """The token by its key in the address of a page."""
        self.demand(request, "accounts.view_apitoken")
        token: ApiToken | None = ApiToken.objects.select_related("user").filter(pk=object_id[:128]).first()
        if token is None:
            raise Http404
        return token

    def report_context(self, request: HttpRequest, row: ApiToken) -> dict[str, Any]:
        state = tokens.state_of(row)
        open_door = state != State.REVOKED and request.user.has_perm(self.revoke_permission)
        return {
            "facts": _facts(row),
            "badges": [(state, TONES[state])],
            "buttons": [Button("Revoke", _revoke_page(row), "block")] if open_door else [],
        }

    @admin.display(description="key", ordering="token_key")
    def key(self, token: ApiToken) -> SafeString:
        return format_html('<span class="mh-code">{}…</span>', token.token_key)

    @admin.display(description="state")
    def state(self, token: ApiToken) -> SafeString:
        state = tokens.state_of(token)
        return badge(state, TONES[state])

    @admin.display(description="")
    def revoke_link(self, token: ApiToken) -> SafeString | str:
        if token.revoked_at is not None:
            return ""
        return format_html('<a class="mh-link" href="{}">Revoke</a>', _revoke_page(token))


def _revoke_page(token: ApiToken) -> str:
    return reverse("admin:accounts_apitoken_revoke", args=[token.token_key])


def _facts(token: ApiToken) -> list[Fact]:
    return [
        Fact("For", token.name),
        Fact("User", token.user.get_username(), href=reverse("admin:auth_user_change", args=[token.user.pk])),
        Fact("Key", f"{token.token_key}…", code=True, hint="How the token begins."),
        Fact("Made", token.created),
        Fact("Made by", token.created_by),
        Fact("Expires", token.expiry or "never"),
        Fact("Last used", token.last_used_at or "never", hint="To the minute."),
        Fact("Revoked", token.revoked_at or "no"),
    ]
