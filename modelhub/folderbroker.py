"""The embedded broker: kombu's folder transport, with messages that appear whole or not at all.

kombu makes the file and then fills it, so a worker that looks in between reads half a message and dies.
"""

import uuid
from pathlib import Path
from time import monotonic_ns
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes beside the queue's name and renames."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Put ``payload`` onto ``queue``; oldest first, as the transport sorts by name."""
        whole = Path(self.data_folder_out) / f"{monotonic_ns():020}_{uuid.uuid4()}.{queue}.msg"
        partial = whole.with_name(f".{whole.name}.part")
        try:
            partial.write_text(dumps(payload), encoding="utf-8")  # type: ignore[no-untyped-call]
            partial.replace(whole)
        except OSError as error:
            raise ChannelError("The broker's folder cannot be written.") from error


class Transport(filesystem.Transport):
    """Registered in place of kombu's by :mod:`modelhub.celery`."""

    Channel = Channel
