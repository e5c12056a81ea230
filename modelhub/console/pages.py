"""Pages of our own inside the admin: one way to make their context, one to find their row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from modelhub.actors import Actor, Channel
from modelhub.printing import printable


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a read-only page: ``value`` None or empty means "not given"; ``code`` sets it monospace."""

    label: str
    value: Any
    href: str = ""
    code: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A link that leads to an operation's confirmation page."""

    label: str
    href: str
    icon: str
    primary: bool = False


class PageMixin:
    """Reports instead of forms: set ``report_template`` and answer ``report_context``."""

    admin_site: Any
    model: Any
    opts: Any
    report_template = ""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """The row's report where one is declared, else the theme's own form."""
        if not self.report_template:
            answer: HttpResponse = super().change_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
            return answer
        row = self.viewable(request, object_id)
        context = {"original": row, "title": printable(str(row))} | self.report_context(request, row)
        return self.page(request, self.report_template, context)

    def report_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the report's template needs beside the row itself (``original``)."""
        return {}

    def viewable(self, request: HttpRequest, object_id: str) -> Any:
        """The row by its key in the address; 404 for none, PermissionDenied for who may not see it."""
        self.demand(request, f"{self.opts.app_label}.view_{self.opts.model_name}")
        key = unquote(object_id)
        if not key.isascii() or not key.isdigit() or len(key) > 18:
            key = "0"  # no row has it: an answer of 404 instead of a fault in the database's parser
        return get_object_or_404(self.report_rows(), pk=key)

    def report_rows(self) -> Any:
        """The queryset the report's row is taken from; add ``select_related`` here."""
        return self.model._default_manager.all()

    def demand(self, request: HttpRequest, permission: str) -> None:
        """Return when the caller has ``app.codename``; raises PermissionDenied otherwise."""
        if not request.user.has_perm(permission):
            raise PermissionDenied(permission)

    def page(
        self, request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
    ) -> HttpResponse:
        """An admin page with navigation, theme and ``context``."""
        request.current_app = self.admin_site.name
        base = self.admin_site.each_context(request) | {"opts": self.opts, "media": ""}
        return TemplateResponse(request, template, base | dict(context), status=status)


def actor(request: HttpRequest) -> Actor:
    """The signed-in person, for history rows."""
    return Actor(request.user.get_username(), Channel.ADMIN)
