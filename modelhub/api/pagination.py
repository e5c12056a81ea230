"""Pages by number for the short lists of the control plane, by cursor for tables that grow."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination, PageNumberPagination
from rest_framework.request import Request

from modelhub.errors import Code, FieldError, InputInvalid

MOST = 500  # rows on one page


class Pages(PageNumberPagination):
    """``{count, next, previous, results}``; ``?page=`` and ``?page_size=`` up to 500."""

    page_size = 50
    max_page_size = MOST
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int:
        """What the client asks for; InputInvalid (``param_invalid``) for what is no number from 1 to 500."""
        return _size_asked(request, self.page_size)


class Newest(CursorPagination):
    """``{next, previous, results}`` of a table that grows while it is read; a place in it stays valid.

    A view names the column in ``cursor_ordering``, a unique whole number such as ``-id``.
    """

    page_size = 50
    max_page_size = MOST
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int:
        """As for pages by number."""
        return _size_asked(request, self.page_size)

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """The view's column, newest first."""
        return (getattr(view, "cursor_ordering", "-id"),)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The place that the client goes on from; InputInvalid (``param_invalid``) for a made-up one."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise _no_cursor() from None
        if cursor is None or cursor.position is None:
            return cursor
        place = str(cursor.position)
        if not (place.isascii() and place.isdigit() and len(place) <= 18):
            raise _no_cursor()
        return cursor


def _size_asked(request: Request, usual: int) -> int:
    text = request.query_params.get("page_size")
    if text is None:
        return usual
    if text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST:
        return int(text)
    said = f"page_size must be a whole number from 1 to {MOST}."
    raise InputInvalid(Code.PARAM_INVALID, said, errors=(FieldError("page_size", said, "invalid"),))


def _no_cursor() -> InputInvalid:
    said = "The cursor is not one that this address gave out. Start without it, then follow `next`."
    return InputInvalid(Code.PARAM_INVALID, said, errors=(FieldError("cursor", said, "invalid"),))
