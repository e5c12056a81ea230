"""The one module that names the admin theme; with the stock class here the pages work unthemed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from modelhub.console.pages import PageMixin

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Themed = ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as Themed


@dataclass(frozen=True, slots=True)
class LeadLink:
    """A further button above a list: words, URL name, and the permission of who sees it."""

    label: str
    page: str
    permission: str


class HubAdmin(PageMixin, Themed):
    """Base of every admin of the hub: no bulk actions, filters beside the list, a page size for people.

    ``lead`` is the sentence above a list, ``lead_label`` the words on its button for adding,
    ``lead_links`` are further buttons.
    ``empty_title`` and ``empty_text`` say what to do while a list has no rows; ``empty_link`` is the URL
    name of where to do it, ``empty_link_text`` its button, shown to who has ``empty_permission``.
    ``list_defer`` names columns that no list shows and that are slow to read.
    """

    actions = None
    list_per_page = 50
    list_filter_sheet = False
    list_before_template = "admin/console/lead.html"
    show_add_link = False  # a button with words stands above the list instead
    lead = ""
    lead_label = ""
    lead_links: tuple[LeadLink, ...] = ()
    empty_title = "Nothing here yet"
    empty_text = ""
    empty_link = ""
    empty_link_text = ""
    empty_permission = ""
    list_defer: Sequence[str] = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        """The rows; a page about one of them reads what ``list_defer`` left out when it needs it."""
        return super().get_queryset(request).defer(*self.list_defer)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, which also knows whether its empty state may offer its button (no request reaches it)."""
        shown: Any = super().get_changelist_instance(request)
        needed = self.empty_permission
        shown.offers_empty_link = bool(self.empty_link) and (not needed or request.user.has_perm(needed))
        return shown
