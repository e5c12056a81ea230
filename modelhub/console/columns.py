"""Columns that lists share."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from modelhub.printing import printable


def moment(field: str, description: str = "", *, seconds: bool = False) -> Callable[[Any], SafeString | str]:
    """A sortable column for a time field: day, month, year and the 24-hour clock; a dash for none."""

    @admin.display(description=description or field.replace("_", " "), ordering=field, empty_value="–")
    def column(row: Any) -> SafeString | str:
        value = getattr(row, field)
        if value is None:
            return "–"
        shown = format_date(localtime(value), "j M Y, H:i:s" if seconds else "j M Y, H:i")
        return format_html('<time class="mh-nowrap" datetime="{}">{}</time>', value.isoformat(), shown)

    column.__name__ = field
    return column


def text(field: str, description: str = "", *, limit: int = 80) -> Callable[[Any], str]:
    """A sortable column for text from outside: control characters visible, shortened to ``limit``."""

    @admin.display(description=description or field.replace("_", " "), ordering=field)
    def column(row: Any) -> str:
        return shortened(str(getattr(row, field)), limit=limit)

    column.__name__ = field
    return column


def shortened(value: str, *, limit: int = 80) -> str:
    """``value`` with control characters as visible escapes, cut with an ellipsis after ``limit``."""
    shown = printable(value[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[:limit]}…"
