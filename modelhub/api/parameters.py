"""Query parameters in a declared shape: what a client asks is understood whole, or refused by name."""

from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import CharField, IntegerField, Serializer

from modelhub.errors import Code, FieldError, InputInvalid


class WholeNumber(IntegerField):
    """Digits 0 to 9 with or without a minus; DRF's field takes other scripts' digits and ``7.0`` as well."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        digits = str(data).removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeText(CharField):
    """Text as it is, with the blanks around it: what is searched for exactly must not be trimmed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)


def parameters(shape: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query parameters in that shape; raises InputInvalid (``param_invalid``) naming each wrong one."""
    # A plain dict: of a form's empty value DRF would make the default, and delete or deploy by it.
    parsed = shape(data=request.query_params.dict())
    if not parsed.is_valid():
        faults = tuple(
            FieldError(name, str(message), str(Code.PARAM_INVALID))
            for name, messages in parsed.errors.items()
            for message in messages
        )
        said = " ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
        raise InputInvalid(Code.PARAM_INVALID, said, errors=faults)
    return dict(parsed.validated_data)
