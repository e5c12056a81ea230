"""Small coloured words and cells for lists; stored text always passes through escaping."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from modelhub.printing import printable

SHORTENED = 110


def badge(text: str, tone: str) -> SafeString:
    """``text`` in one of the tones good, info, warn, bad, mute."""
    return format_html('<span class="mh-badge mh-{}">{}</span>', tone, text)


def badges(pairs: Iterable[tuple[str, str]]) -> SafeString:
    """Several badges, (text, tone) each, in one line."""
    inner = format_html_join(" ", "{}", ((badge(text, tone),) for text, tone in pairs))
    return format_html('<span class="mh-badges">{}</span>', inner)


def code(text: str, *, limit: int = SHORTENED) -> SafeString:
    """``text`` from outside as inert monospace, control characters made visible, shortened to ``limit``."""
    shown = printable(text[: limit + 1])
    short = shown if len(shown) <= limit else f"{shown[:limit]}…"
    return format_html('<span class="mh-code" title="{}">{}</span>', printable(text[:1000]), short)


def severity(value: float) -> SafeString:
    """A severity of 0 to 100 as number and bar."""
    tone = severity_tone(value)
    width = f"{min(max(value, 0.0), 100.0):.0f}"
    return format_html(
        '<span class="mh-severity mh-{}"><b>{}</b><i><i style="width:{}%"></i></i></span>', tone, width, width
    )


def severity_tone(value: float) -> str:
    """low under 50, high under 75, severe from there: the bands of filters, bars and charts."""
    if value < 50:
        return "low"
    return "high" if value < 75 else "severe"
