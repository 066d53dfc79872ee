"""Pictures as bytes under random names: a folder that no web address leads to."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from serve_app.errors import StorageUnavailable

_NAME = re.compile(r"[0-9a-f]{32}(\.part)?")
"""A `.part` is what a process left that died while writing; it is listed so that it is erased."""


@dataclass(frozen=True)
class Picture:
    """An encoded picture and what a client is told about it. Width and height in px."""

    data: bytes
    media_type: str
    width: int
    height: int

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class BlobMissing(StorageUnavailable):
    """The picture is not in the store: erased, or the store is not the one it was put in."""


class Blobs(Protocol):
    """A store of bytes. Names are given by the store and mean nothing."""

    def write(self, data: bytes) -> str:
        """Keep the bytes; when this returns, they survive a power cut. The name to find them by."""

    def read(self, name: str) -> bytes:
        """The bytes. Raises BlobMissing where there are none."""

    def delete(self, name: str) -> None:
        """Erase; a name that is not there is no error."""

    def names(self, older_than_seconds: float = 0.0) -> Iterator[str]:
        """The names of what was written longer ago than that."""

    def check(self) -> None:
        """Write, read and erase a few bytes. Raises StorageUnavailable."""


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
                if _NAME.fullmatch(path.name) and path.stat().st_mtime <= limit:
                    yield path.name

    def check(self) -> None:
        name = self.write(b"check")
        self.read(name)
        self.delete(name)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BlobMissing("That is not the name of a picture.")
        return self.folder / name[:2] / name

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
