"""Reports come as JSON, or as one self-contained page with ``?format=html``."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class FormatQuery(serializers.Serializer[Any]):
    """Query parameter of a report."""

    format = serializers.ChoiceField(choices=["json", "html"], required=False, default="json")


class ByFormat(DefaultContentNegotiation):
    """``?format=`` decides alone; a word it does not know is answered in JSON, by the view that checks it."""

    def select_renderer(  # type: ignore[override]
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer of that format, else the first; NotAcceptable where the client takes none of them."""
        if not any(request.accepts(renderer.media_type) for renderer in renderers):
            raise NotAcceptable()
        wished = request.query_params.get("format", "")
        chosen = next((renderer for renderer in renderers if renderer.format == wished), renderers[0])
        return chosen, str(chosen.media_type)
