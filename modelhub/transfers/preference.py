"""How a caller asks for an import in the background: RFC 7240's ``Prefer``, or a query parameter."""


def wants_background(prefer: str, parameter: bool) -> bool:
    """True for the parameter, or for ``respond-async`` alone or among other preferences.

    >>> wants_background("wait=10, respond-async", False)
    True
    """
    words = prefer.replace(";", ",").split(",")
    return parameter or "respond-async" in {word.strip().lower() for word in words}
