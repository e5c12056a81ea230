"""Moments in query strings, where a plus sign that was not escaped arrives as a space."""

import re
from datetime import datetime
from typing import Any

from rest_framework import serializers

_LOST_PLUS = re.compile(r"(?<=T)(.+) (\d\d:?\d\d)$")


class MomentField(serializers.DateTimeField):
    """An ISO-8601 time; without an offset it is UTC. ``…T10:00:00 02:00`` is read as ``+02:00``."""

    def to_internal_value(self, value: Any) -> datetime:
        """The aware time; ValidationError for what is none."""
        moment: datetime = super().to_internal_value(
            _LOST_PLUS.sub(r"\1+\2", value) if isinstance(value, str) else value
        )
        return moment
