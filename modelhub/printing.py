"""Stored text made safe to show: what a terminal or a page would act on becomes visible."""


def printable(text: str) -> str:
    """``text`` with every control and invisible formatting character as a visible escape.

    >>> printable("red \\x1b[31m")
    'red \\\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
