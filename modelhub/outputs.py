"""Files that commands write: whole under their name, or not there at all."""

import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_BUFFER = 1024 * 1024


@contextlib.contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """A binary file that takes the place of ``path`` once the block ends well; standard output for ``-``.

    Behind a symbolic link its target is replaced. Devices and pipes are written to as they are. On any
    failure the old file stays as it was and nothing else is left behind.

    Raises:
        OSError: the file cannot be written; where one is named, it is ``path``.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as device:
            yield device
        return
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb", buffering=_BUFFER) as stream:
            yield stream
        if target.exists():
            shutil.copymode(target, draft)
        os.replace(draft, target)
    except OSError as error:
        if error.filename != str(draft):
            raise
        raise OSError(error.errno, error.strerror, path) from None
    finally:
        draft.unlink(missing_ok=True)
