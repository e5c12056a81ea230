"""Plain-text tables for terminals and pipes."""

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from modelhub.printing import printable

_PIPE_WIDTH = 160


def render(headings: Sequence[str], rows: Sequence[Sequence[object]], *, width: int | None = None) -> str:
    """The rows under their headings; cells are made safe for a terminal and never interpreted as markup."""
    table = Table(box=None, pad_edge=False, header_style="")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    out = StringIO()
    Console(file=out, width=width or _width(), color_system=None).print(table)
    return out.getvalue().rstrip("\n")


def _width() -> int:
    console = Console()
    return console.width if console.is_terminal else _PIPE_WIDTH
