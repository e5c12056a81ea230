"""Kinds of rows: facts that nobody edits, and operations whose "Add" performs them. Plain mixins."""

from typing import Any

from django.http import HttpRequest


class ReadOnlyRows:
    """Rows that are made elsewhere: shown to whoever may view them, never added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OperationRows:
    """Rows that record an operation: "Add" performs it, and what was done is never edited.

    ``add_permission`` is the full name (``app.codename``) of the permission to perform it.
    """

    add_permission = ""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(self.add_permission))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
