"""How far an import is, as a cell of a list and as the head of its page."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from modelhub.transfers import presentation
from modelhub.transfers.choices import TransferStatus
from modelhub.transfers.models import Transfer

# Seconds between two looks of an open page; the page reloads itself, so this works without scripts.
REFRESH_S = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """A waiting or running import in words and per cent."""

    percent: int
    sentence: str
    is_waiting: bool


def progress_of(row: Transfer) -> Progress | None:
    """How far the import is; None where it has its result."""
    if row.status == TransferStatus.QUEUED:
        said = "Waiting for a worker."
        if row.attempts:
            said = f"Waiting for another worker; {row.attempts} ended before it was done."
        return Progress(0, said, is_waiting=True)
    if row.status != TransferStatus.RUNNING:
        return None
    figures = presentation.progress(row)
    step = figures["step"].replace("_", " ") or "begins"
    return Progress(
        figures["percent"], f"Step {figures['index']} of {figures['steps']}: {step}.", is_waiting=False
    )


def cell(row: Transfer) -> SafeString | str:
    """The bar of an open import, else the seconds that the attempt took."""
    found = progress_of(row)
    if found is None:
        return "" if row.duration_s is None else f"{row.duration_s:.1f} s"
    return format_html(
        '<span class="mh-progress" title="{}"><i><i style="width:{}%"></i></i>{}</span>',
        found.sentence,
        found.percent,
        "waits" if found.is_waiting else f"{found.percent} %",
    )
