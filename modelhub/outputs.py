"""Files that commands write: whole under their name, or not there at all."""

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """A binary file that takes the place of ``path`` once the block ends well; standard output for ``-``.

    On any failure the old file stays as it was and nothing else is left behind.

    Raises:
        OSError: the file cannot be written.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    if target.exists() and not target.is_file():  # a device or pipe is written to, not replaced
        with target.open("wb") as device:
            yield device
        return
    draft = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as stream:
            yield stream
        os.replace(draft, target)
    except FileNotFoundError as error:
        raise FileNotFoundError(error.errno, error.strerror, path) from None
    finally:
        draft.unlink(missing_ok=True)
