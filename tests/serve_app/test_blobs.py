"""Pictures in a folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from serve_app.blobs import BlobMissing, FolderBlobs, Picture
from serve_app.errors import StorageUnavailable


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_written_read_erased(blobs: FolderBlobs) -> None:
    name = blobs.write(b"pixels")
    assert blobs.read(name) == b"pixels"
    assert list(blobs.names()) == [name]
    blobs.delete(name)
    blobs.delete(name)
    assert files(blobs.folder) == []
    with pytest.raises(BlobMissing):
        blobs.read(name)


def test_names_are_random(blobs: FolderBlobs) -> None:
    assert len({blobs.write(b"the same") for _ in range(20)}) == 20


def test_nobody_else_may_read(blobs: FolderBlobs) -> None:
    previous = os.umask(0)
    try:
        blobs.write(b"pixels")
    finally:
        os.umask(previous)
    (path,) = files(blobs.folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, blobs.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 31, "A" * 32, "a" * 33, "/" * 32])
def test_only_names_that_the_store_gave(blobs: FolderBlobs, name: str) -> None:
    with pytest.raises(BlobMissing):
        blobs.read(name)
    with pytest.raises(BlobMissing):
        blobs.delete(name)


def test_a_write_that_fails_leaves_nothing(
    blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs.write(b"first")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageUnavailable, match="No space left"):
        blobs.write(b"second")
    assert [path.read_bytes() for path in files(blobs.folder)] == [b"first"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    blobs = FolderBlobs(tmp_path / "file" / "pictures")
    for act in (lambda: blobs.write(b"pixels"), blobs.check):
        with pytest.raises(StorageUnavailable) as caught:
            act()
        assert caught.value.hint


def test_check_leaves_nothing(blobs: FolderBlobs) -> None:
    blobs.check()
    assert files(blobs.folder) == []


def test_half_a_file_is_found_for_erasure(blobs: FolderBlobs) -> None:
    name = blobs.write(b"pixels")
    half = blobs.folder / name[:2] / f"{name}.part"
    half.write_bytes(b"pix")
    assert set(blobs.names()) == {name, f"{name}.part"}
    blobs.delete(f"{name}.part")
    assert list(blobs.names()) == [name]
    assert list(blobs.names(older_than_seconds=60)) == []


def test_a_picture_knows_its_hash() -> None:
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert Picture(b"abc", "image/png", 1, 1).sha256 == digest
