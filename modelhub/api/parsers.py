"""JSON bodies of the management endpoints: bounded, and strict about what JSON forbids."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from modelhub.artifacts import strictjson
from modelhub.errors import Code, InputInvalid


class StrictJSONParser(BaseParser):
    """An object or array; NaN, duplicate keys, depth over 64 and broken text answer ``json_invalid``."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        data = stream.read(limit + 1)
        if len(data) > limit:
            raise InputInvalid(Code.BODY_TOO_LARGE, f"The body is larger than {limit // 1024**2} MiB.")
        try:
            return strictjson.parse_value(data, max_bytes=limit)
        except strictjson.StrictJSONError as refused:
            raise InputInvalid(Code.JSON_INVALID, f"The body is not usable JSON: {refused}") from None
