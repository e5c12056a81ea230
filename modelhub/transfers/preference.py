"""How a caller asks for an import in the background: RFC 7240's ``Prefer``, or a query parameter."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request


def wants_background(request: Request, query: Mapping[str, Any]) -> bool:
    """True for ``?background=true`` or ``Prefer: respond-async``, alone or among other preferences."""
    words = request.headers.get("Prefer", "").replace(";", ",").split(",")
    return bool(query["background"]) or "respond-async" in {word.strip().lower() for word in words}
