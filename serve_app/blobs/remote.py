"""Pictures in a bucket, or wherever else fsspec leads: `s3://bucket/prefix` is what is tested."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from importlib import import_module
from typing import Any

from serve_app.blobs.picture import NAME, BlobMissing, checked, try_out
from serve_app.errors import StorageUnavailable

_ADVICE = "The operator must look at FITTING_ROOM_BLOB_URL, its credentials and its endpoint."
_S3 = {"connect_timeout": 5, "read_timeout": 30, "retries": {"max_attempts": 3}}
_MOMENTS = ("LastModified", "mtime", "created", "updated")
"""Where the stores say when something was written."""


class RemoteBlobs:
    """Objects under `url`, "protocol://bucket/prefix", each written by one call and so whole.

    Credentials come from where the protocol's own tools look for them (AWS_ACCESS_KEY_ID, a role,
    ~/.aws). `endpoint` is the address of an S3 server that is not Amazon's.
    """

    def __init__(self, url: str, endpoint: str = "") -> None:
        options = _options(url, endpoint)
        try:
            self._files, self._root = import_module("fsspec.core").url_to_fs(url, **options)
        except (ImportError, ValueError) as error:
            raise StorageUnavailable(
                f"Pictures cannot be kept at {url.partition('://')[0]}://…: {error}",
                "pip install 'fitting-room[s3]'",
            ) from error

    def write(self, data: bytes) -> str:
        name = secrets.token_hex(16)
        with _named_faults("stored"):
            self._files.pipe_file(self._path(name), data)
        return name

    def read(self, name: str) -> bytes:
        with _named_faults("read"):
            data: bytes = self._files.cat_file(self._path(name))
        return data

    def delete(self, name: str) -> None:
        with suppress(BlobMissing), _named_faults("erased"):
            self._files.rm_file(self._path(name))

    def names(self, older_than_seconds: float = 0.0) -> Iterator[str]:
        limit = datetime.now(timezone.utc) - timedelta(seconds=older_than_seconds)
        with _named_faults("listed"):
            found: Mapping[str, Any] = self._files.find(self._root, detail=True)
        for path, about in found.items():
            name = path.rpartition("/")[2]
            if NAME.fullmatch(name) and _written(about) <= limit:
                yield name

    def link(self, name: str, seconds: int, media_type: str) -> str | None:
        answered = {"ResponseContentType": media_type, "ResponseCacheControl": "private, no-store"}
        try:
            with _named_faults("linked"):
                address: str = self._files.sign(self._path(name), expiration=seconds, **answered)
        except (NotImplementedError, TypeError):  # a store without signed addresses
            return None
        return address

    def check(self) -> None:
        try_out(self)

    def _path(self, name: str) -> str:
        return f"{self._root}/{checked(name)[:2]}/{name}"


def _options(url: str, endpoint: str) -> dict[str, Any]:
    # An instance of our own: fsspec's shared ones keep lists of what was there.
    options: dict[str, Any] = {"skip_instance_cache": True, "use_listings_cache": False}
    if url.startswith(("s3://", "s3a://")):
        options["config_kwargs"] = _S3
    if endpoint:
        options["endpoint_url"] = endpoint
    return options


@contextmanager
def _named_faults(done: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BlobMissing("The picture is no longer there.") from error
    except _faults() as error:
        reason = type(error).__name__
        raise StorageUnavailable(f"The picture could not be {done}: {reason}.", _ADVICE) from error


def _faults() -> tuple[type[Exception], ...]:
    """What stores raise when they are away or refuse. Those of S3 are no OSErrors before they have
    reached the server."""
    try:
        faults: tuple[type[Exception], ...] = (
            OSError,
            import_module("botocore.exceptions").BotoCoreError,
            import_module("botocore.exceptions").ClientError,
        )
    except ImportError:
        return (OSError,)
    return faults


def _written(about: Mapping[str, Any]) -> datetime:
    moment = next((about[name] for name in _MOMENTS if about.get(name)), None)
    if isinstance(moment, datetime):
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return datetime.fromtimestamp(float(moment or 0), timezone.utc)
