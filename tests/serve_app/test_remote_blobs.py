"""Pictures in a bucket of a real S3 server, which runs on this machine for the test."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from serve_app.blobs import BlobMissing, FolderBlobs, open_blobs, remote
from serve_app.blobs.remote import RemoteBlobs
from serve_app.errors import StorageUnavailable
from serve_app.settings import Settings
from tests.ports import free_port

pytest.importorskip("s3fs")
pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an S3 server with an empty bucket `pictures`."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _make_bucket(address)
        yield address
    finally:
        process.terminate()
        process.wait()


def _make_bucket(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            httpx.put(f"{address}/pictures").raise_for_status()
            return
        time.sleep(0.1)
    pytest.fail("the S3 server did not start")


@pytest.fixture
def settings(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = f"s3://pictures/{tmp_path.name}"
    return Settings(data_dir=tmp_path, blob_url=bucket, blob_endpoint=server)


@pytest.fixture
def bucket(settings: Settings) -> RemoteBlobs:
    opened = open_blobs(settings)
    assert isinstance(opened, RemoteBlobs)
    return opened


def test_written_read_erased(bucket: RemoteBlobs) -> None:
    name = bucket.write(b"pixels")
    assert bucket.read(name) == b"pixels"
    assert list(bucket.names()) == [name]
    bucket.delete(name)
    bucket.delete(name)
    assert list(bucket.names()) == []
    with pytest.raises(BlobMissing):
        bucket.read(name)


def test_a_picture_of_real_size(bucket: RemoteBlobs) -> None:
    data = bytes(range(256)) * 40_000
    assert bucket.read(bucket.write(data)) == data


def test_only_what_is_old_enough(bucket: RemoteBlobs) -> None:
    name = bucket.write(b"pixels")
    assert list(bucket.names(older_than_seconds=60)) == []
    assert list(bucket.names(older_than_seconds=-60)) == [name]


def test_prefixes_are_apart(bucket: RemoteBlobs, settings: Settings) -> None:
    other = open_blobs(settings.model_copy(update={"blob_url": "s3://pictures/other"}))
    name = bucket.write(b"pixels")
    assert list(other.names()) == []
    with pytest.raises(BlobMissing):
        other.read(name)


def test_only_names_that_the_store_gave(bucket: RemoteBlobs) -> None:
    for name in ("", "../other/x", "a" * 31):
        with pytest.raises(BlobMissing):
            bucket.read(name)


def test_a_signed_address_gives_the_picture_and_ends(bucket: RemoteBlobs) -> None:
    name = bucket.write(b"pixels")
    address = bucket.link(name, 60, "image/png")
    assert address is not None
    answer = httpx.get(address)
    assert (answer.content, answer.headers["content-type"]) == (b"pixels", "image/png")
    assert "Expires" in address
    assert "secret" not in address


def test_check_leaves_nothing(bucket: RemoteBlobs) -> None:
    bucket.check()
    assert list(bucket.names()) == []


def test_a_store_that_is_away_has_a_name(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each further try comes after seconds, and would find nobody either.
    monkeypatch.setitem(remote._S3, "retries", {"max_attempts": 0})
    nobody = f"http://127.0.0.1:{free_port()}"
    away = open_blobs(settings.model_copy(update={"blob_endpoint": nobody}))
    for act in (lambda: away.write(b"pixels"), lambda: away.read("a" * 32), away.check):
        with pytest.raises(StorageUnavailable) as caught:
            act()
        assert not isinstance(caught.value, BlobMissing)
        assert "FITTING_ROOM_BLOB_URL" in caught.value.hint


def test_a_bucket_that_is_not_there_has_a_name(settings: Settings) -> None:
    nowhere = open_blobs(settings.model_copy(update={"blob_url": "s3://nowhere/at-all"}))
    with pytest.raises(StorageUnavailable):
        nowhere.write(b"pixels")


def test_an_address_that_nothing_knows(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable) as caught:
        open_blobs(Settings(data_dir=tmp_path, blob_url="carrier-pigeon://loft"))
    assert "fitting-room[s3]" in caught.value.hint


def test_without_an_address_it_is_a_folder(tmp_path: Path) -> None:
    blobs = open_blobs(Settings(data_dir=tmp_path))
    assert isinstance(blobs, FolderBlobs)
    assert blobs.link(blobs.write(b"pixels"), 60, "image/png") is None


def test_other_stores_work_too_without_signed_addresses(tmp_path: Path) -> None:
    blobs = open_blobs(Settings(data_dir=tmp_path, blob_url=f"memory://{tmp_path.name}"))
    name = blobs.write(b"pixels")
    assert blobs.read(name) == b"pixels"
    assert list(blobs.names(older_than_seconds=-60)) == [name]
    assert list(blobs.names(older_than_seconds=60)) == []
    assert blobs.link(name, 60, "image/png") is None
    blobs.delete(name)
    assert list(blobs.names()) == []
