"""The audit trail in the admin: newest first, the state of its chain above, one page per entry."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString

from modelhub.audit import verification
from modelhub.audit.admin.changes import changes
from modelhub.audit.admin.filters import (
    ActionFilter,
    ActorFilter,
    ChannelFilter,
    OutcomeFilter,
    RecentFilter,
)
from modelhub.audit.models import AuditCheck, AuditEntry
from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badge
from modelhub.console.columns import moment, text
from modelhub.console.pages import Fact
from modelhub.console.rows import ReadOnlyRows

WHEN = moment("happened_at", "when", seconds=True)
TONES = {"done": "good", "refused": "warn", "failed": "bad", "denied": "bad"}
VERIFY = "admin:audit_auditentry_verify"
LIST = "admin:audit_auditentry_changelist"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyRows, HubAdmin):
    """Append-only: operations write it, nobody edits it, "Verify" proves it."""

    report_template = "admin/console/audit_entry.html"
    list_before_template = "admin/console/audit_lead.html"
    list_display = (
        "number",
        WHEN,
        text("action"),
        "how",
        text("target", limit=60),
        text("actor", "by"),
        "channel",
        text("reason", "why"),
    )
    list_display_links = ("number", WHEN)
    list_filter = (RecentFilter, OutcomeFilter, ChannelFilter, ActionFilter, ActorFilter)
    search_fields = ("target", "=request_id")
    search_help_text = "Part of a target, or a whole request id"
    lead = (
        "Who did what, when, from where and with what result, over the API, the admin, commands and "
        "schedules. Each entry is sealed to the one before it."
    )
    empty_title = "Nothing happened yet"
    empty_text = (
        "Every operation leaves an entry here, refused ones too: imports, deployments, sign-ins, tokens."
    )

    def get_urls(self) -> list[Any]:
        verify = self.admin_site.admin_view(self.verify_view)
        return [path("verify/", verify, name="audit_auditentry_verify"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with what the last walk over the whole trail found."""
        chain = {"chain_length": verification.length(), "chain_check": AuditCheck.objects.first()}
        answer: HttpResponse = super().changelist_view(request, dict(extra_context or {}) | chain)
        return answer

    def verify_view(self, request: HttpRequest) -> HttpResponse:
        """POST walks the whole trail and leads back to the list, which says what was found."""
        self.demand(request, "audit.view_auditentry")
        if request.method == "POST":
            whole = AuditCheck.objects.filter(fault="").first()
            found = verification.check(expect=whole.head if whole else "")
            if found.fault:
                messages.error(request, f"The trail is broken. {found.fault.detail}")
            else:
                messages.success(request, f"The trail is whole: {found.entries:,} entries.")
        return redirect(reverse(LIST))

    def report_context(self, request: HttpRequest, row: AuditEntry) -> dict[str, Any]:
        return {
            "badges": [(row.outcome, TONES.get(row.outcome, "mute"))],
            "facts": _facts(row),
            "seal": _seal(row),
            "changes": changes(row.before, row.after),
            "is_failure": row.outcome != "done",
        }

    @admin.display(description="#", ordering="sequence")
    def number(self, entry: AuditEntry) -> str:
        return f"#{entry.sequence}"

    @admin.display(description="outcome", ordering="outcome")
    def how(self, entry: AuditEntry) -> SafeString:
        return badge(entry.outcome, TONES.get(entry.outcome, "mute"))


def _facts(row: AuditEntry) -> list[Fact]:
    request = f"{reverse(LIST)}?q={row.request_id}" if row.request_id else ""
    return [
        Fact("Action", row.action),
        Fact("Target", row.target, code=True),
        Fact("By", f"{row.actor} ({row.channel})"),
        Fact("When", row.happened_at),
        Fact("From", row.address, code=True),
        Fact("Why", row.reason),
        Fact("Request", row.request_id, href=request, hint="All that happened in the same request."),
    ]


def _seal(row: AuditEntry) -> list[Fact]:
    return [
        Fact("Seal", row.hash, code=True, hint="SHA-256 over this entry and the seal before it."),
        Fact("Seal before it", row.previous_hash, code=True),
    ]
