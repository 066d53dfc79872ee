"""An encoded picture, and the store that keeps such bytes under random names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from serve_app.errors import StorageUnavailable

NAME = re.compile(r"[0-9a-f]{32}(\.part)?")
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

    def link(self, name: str, seconds: int, media_type: str) -> str | None:
        """An address that gives the bytes to whoever has it, for so long. None where the store has
        no such addresses."""

    def check(self) -> None:
        """Write, read and erase a few bytes. Raises StorageUnavailable."""


def checked(name: str) -> str:
    """The name again, if a store gave it. Raises BlobMissing."""
    if not NAME.fullmatch(name):
        raise BlobMissing("That is not the name of a picture.")
    return name


def try_out(blobs: Blobs) -> None:
    """Write, read and erase a few bytes. Raises StorageUnavailable."""
    name = blobs.write(b"check")
    blobs.read(name)
    blobs.delete(name)
