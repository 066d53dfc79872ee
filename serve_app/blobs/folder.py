"""Pictures in a folder: random names, mode 0600, whole or not there at all.

The system's own calls and no library: what is promised here is an fsync before a rename, and the
modes of files and folders.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from serve_app.blobs.picture import NAME, BlobMissing, checked, try_out
from serve_app.errors import StorageUnavailable


class FolderBlobs:
    """Files in a folder: mode 0600 in folders 0700, whole or not there at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, data: bytes) -> str:
        name = secrets.token_hex(16)
        try:
            self._write(self._path(name), data)
        except OSError as error:
            raise StorageUnavailable(
                f"The picture could not be stored: {error.strerror}."
            ) from error
        return name

    def read(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing("The picture is no longer there.") from error
        except OSError as error:
            raise StorageUnavailable(f"The picture could not be read: {error.strerror}.") from error

    def delete(self, name: str) -> None:
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable(
                f"The picture could not be erased: {error.strerror}."
            ) from error

    def names(self, older_than_seconds: float = 0.0) -> Iterator[str]:
        limit = time.time() - older_than_seconds
        for path in self.folder.glob("??/*"):
            with suppress(FileNotFoundError):
                if NAME.fullmatch(path.name) and path.stat().st_mtime <= limit:
                    yield path.name

    def link(self, name: str, seconds: int, media_type: str) -> str | None:  # noqa: ARG002
        """None: nothing leads from outside into the folder."""
        return None

    def check(self) -> None:
        try_out(self)

    def _path(self, name: str) -> Path:
        return self.folder / checked(name)[:2] / name

    def _write(self, path: Path, data: bytes) -> None:
        """Under a passing name first, so that nobody ever sees half a file."""
        self._make_folder(path.parent)
        passing = path.with_name(path.name + ".part")
        try:
            descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            passing.rename(path)
        except OSError:
            passing.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(self.folder)


def _sync_folder(folder: Path) -> None:
    """Makes the entry of a renamed file last, which the file's own fsync does not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
