"""Pictures as bytes under random names: a folder that no web address leads to, or a bucket."""

from __future__ import annotations

from serve_app.blobs.folder import FolderBlobs
from serve_app.blobs.picture import BlobMissing, Blobs, Picture
from serve_app.settings import Settings

__all__ = ["BlobMissing", "Blobs", "FolderBlobs", "Picture", "open_blobs"]


def open_blobs(settings: Settings) -> Blobs:
    """The store that the settings name: the folder of pictures, or what `blob_url` leads to.

    Raises StorageUnavailable where the address cannot be used.
    """
    if not settings.blob_url:
        return FolderBlobs(settings.pictures)
    from serve_app.blobs.remote import RemoteBlobs

    return RemoteBlobs(settings.blob_url, settings.blob_endpoint)
