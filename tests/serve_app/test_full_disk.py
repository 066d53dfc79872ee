"""A disk that is full and a folder that cannot be written to: a named error, and nothing half."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from serve_app.blobs import FolderBlobs, Picture
from serve_app.errors import StorageUnavailable
from serve_app.jobs import Jobs

BIG = bytes(range(256)) * 400
NOBODY = 65534


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """The system itself breaks off a write in the middle, as it does where a quota ends."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, told)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB, where this user may make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder of pictures that this process may read and not write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    FolderBlobs(folder / "pictures").write(b"first")
    for inside in (folder / "pictures").rglob("*"):
        inside.chmod(0o555)
    (folder / "pictures").chmod(0o555)
    yield folder / "pictures"
    (folder / "pictures").chmod(0o755)
    shutil.rmtree(folder)


@contextmanager
def not_root() -> Iterator[None]:
    """Whom modes of files bind; root they do not."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_write_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "pictures")
    first = blobs.write(b"first")
    with no_file_above(10_000), pytest.raises(StorageUnavailable, match="too large"):
        blobs.write(BIG)
    assert [path.read_bytes() for path in files(tmp_path)] == [b"first"]
    assert blobs.read(first) == b"first"
    assert blobs.read(blobs.write(BIG)) == BIG


def test_a_full_disk(small_disk: Path) -> None:
    blobs = FolderBlobs(small_disk / "pictures")
    kept = blobs.write(b"first")
    with pytest.raises(StorageUnavailable, match="No space left") as caught:
        blobs.write(BIG)
    assert "Free space" in caught.value.hint
    assert [path.name for path in files(small_disk)] == [kept]
    blobs.delete(kept)
    assert blobs.read(blobs.write(BIG[:40_000])) == BIG[:40_000]


def test_a_folder_that_cannot_be_written_to(read_only: Path) -> None:
    blobs = FolderBlobs(read_only)
    before = files(read_only)
    with not_root():
        for act in (lambda: blobs.write(b"second"), blobs.check):
            with pytest.raises(StorageUnavailable, match="Permission denied") as caught:
                act()
            assert "writable" in caught.value.hint
    assert files(read_only) == before


def test_a_job_is_refused_whole_and_may_be_sent_again(
    jobs: Jobs, blobs: FolderBlobs, user: str
) -> None:
    """The second picture is what does not fit: the first one goes too."""
    small, big = (Picture(data, "image/png", 4, 3) for data in (b"small", BIG * 50))
    pictures = {"person": small, "garment": big}
    limit = 4_000_000  # the database must go on writing
    with no_file_above(limit), pytest.raises(StorageUnavailable):
        jobs.submit(user, "tryon", {}, pictures)
    assert list(blobs.names()) == []
    assert jobs.history(user) == []
    jobs.submit(user, "tryon", {}, pictures)
    assert len(list(blobs.names())) == 2
    assert len(jobs.history(user)) == 1
