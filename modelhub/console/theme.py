"""Addresses of our own style sheet, named by the theme's settings."""

from django.http import HttpRequest
from django.templatetags.static import static


def stylesheet(request: HttpRequest) -> str:
    """The style sheet of every admin page."""
    return static("console/console.css")


def favicon(request: HttpRequest) -> str:
    """The tab's icon."""
    return static("console/icon.svg")
