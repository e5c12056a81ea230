"""The embedded broker: kombu's folder transport, with messages that appear whole or not at all.

kombu makes the file and then fills it, so a worker that looks in between reads half a message and dies.
"""

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes beside the queue's name and renames."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        """Put ``payload`` onto ``queue``; oldest first, as the transport sorts by name."""
        whole = Path(self.data_folder_out) / f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        partial = whole.with_name(f".{whole.name}.part")
        try:
            partial.write_bytes(dumps(payload).encode())
            partial.replace(whole)
        except OSError as error:
            raise ChannelError("The broker's folder cannot be written.") from error


class Transport(filesystem.Transport):
    """Registered in place of kombu's by :mod:`modelhub.celery`."""

    Channel = Channel
