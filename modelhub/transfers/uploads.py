"""Receiving an uploaded package: streamed to a nameless file, refused as soon as it is too large."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from modelhub import conf
from modelhub.artifacts.staging import FULL
from modelhub.errors import Code, InputInvalid, StorageFull

# What multipart adds around the file: boundaries and headers.
_ENVELOPE_BYTES = 64 * 1024


class PackageUploadHandler(FileUploadHandler):
    """Writes a part to a file without a name, so that not even a killed process leaves it behind.

    A declared length above the limit is refused before anything is read, and a length that lies
    at the first byte above the limit. Raises InputInvalid (``upload_too_large``), StorageFull.
    """

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Refuse by the declared length."""
        self._limit = conf.number("MAX_UPLOAD_BYTES")
        self._size = 0
        if content_length > self._limit + _ENVELOPE_BYTES:
            raise _too_large(self._limit)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A part begins."""
        super().new_file(*args, **kwargs)
        root = conf.staging_root()
        with _room_told():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Closed by the request (UploadedFile) or by the parser when it fails (``self.file``).
            self.file = tempfile.TemporaryFile(dir=root)  # noqa: SIM115

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Some bytes of the part arrived."""
        self._size += len(raw_data)
        if self._size > self._limit:
            raise _too_large(self._limit)
        with _room_told():
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[Any]":
        """The part is whole."""
        with _room_told():  # the last bytes are written only now
            self.file.seek(0, os.SEEK_SET)
        return UploadedFile(file=self.file, name=self.file_name, size=file_size)


@contextmanager
def _room_told() -> Iterator[None]:
    """A disk without room is told as StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StorageFull(
            Code.STORAGE_FULL, "The hub's disk has no room for this upload. Nothing was kept."
        ) from None


def _too_large(limit: int) -> InputInvalid:
    return InputInvalid(Code.UPLOAD_TOO_LARGE, f"The upload is larger than {limit // 1024**2} MiB.")
