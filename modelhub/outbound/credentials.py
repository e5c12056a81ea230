"""Credentials of calls: rows keep the name of an environment variable, the value goes into a header only."""

import base64

from modelhub import env
from modelhub.errors import Code, Unavailable


def authorization(variable: str) -> dict[str, str]:
    """The headers that sign a call in: ``user:password`` as Basic, anything else as a Bearer token.

    No headers for an empty ``variable``. Raises Unavailable (``source_unavailable``) where the variable
    is not set or its value cannot stand in a header: calling without it would look like a wrong one.
    """
    if not variable:
        return {}
    value = env.secret(variable)
    if not value or not value.isascii() or not value.isprintable():
        raise Unavailable(
            Code.SOURCE_UNAVAILABLE,
            f"The environment variable {variable} is not set to a usable credential. Set it and restart "
            "the hub.",
        )
    if ":" in value:
        return {"Authorization": f"Basic {base64.b64encode(value.encode()).decode()}"}
    return {"Authorization": f"Bearer {value}"}
