"""Pages by number for the short lists of the control plane, by cursor for tables that grow."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination, PageNumberPagination
from rest_framework.request import Request

from modelhub.errors import Code, FieldError, InputInvalid


class Pages(PageNumberPagination):
    """``{count, next, previous, results}``; ``?page=`` and ``?page_size=`` up to 500."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"


class Newest(CursorPagination):
    """``{next, previous, results}`` of a table that grows while it is read; a place in it stays valid.

    A view names the column in ``cursor_ordering``, a unique whole number such as ``-id``.
    """

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

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


def _no_cursor() -> InputInvalid:
    said = "The cursor is not one that this address gave out. Start without it, then follow `next`."
    return InputInvalid(Code.PARAM_INVALID, said, errors=(FieldError("cursor", said, "invalid"),))
