"""Filters of the admin's templates; none of them marks stored text as safe."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from modelhub import printing
from modelhub.console import badges

register = template.Library()


@register.filter
def printable(value: Any) -> str:
    """Stored text with control and invisible characters as visible escapes; autoescape comes after it."""
    return printing.printable(str(value))


@register.filter
def badge(text: Any, tone: str) -> SafeString:
    """A small coloured word."""
    return badges.badge(str(text), tone)


@register.filter
def severity(value: float) -> SafeString:
    """A severity of 0 to 100 as number and bar."""
    return badges.severity(value)


@register.filter
def percent(share: float) -> str:
    """A share of 0 to 1 as a percentage with three digits."""
    return f"{share * 100:.3g} %"


@register.filter
def short(value: Any) -> str:
    """A number with four significant digits; other values as text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
