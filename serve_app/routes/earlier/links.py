"""Addresses of pictures for clients whose `<img>` sends no token: whoever has one sees the picture,
as long as it is kept."""

from __future__ import annotations

import hashlib
import hmac

from fastapi import Request

from serve_app.context import Context
from serve_app.database import Draft, Result
from serve_app.errors import PictureNotFound
from serve_app.intake import encode, unpack
from serve_app.routes.result import read_picture


def root(request: Request, parts: Context) -> str:
    """The address that the client knows the service by, without a slash at its end."""
    return (parts.settings.public_url or str(request.base_url)).rstrip("/")


def of_result(request: Request, parts: Context, result: Result) -> str:
    """The address of a result."""
    return _address(request, parts, result.job_id, result.blob, result.media_type)


def of_garment(request: Request, parts: Context, draft: Draft) -> str:
    """The address of a garment that was sent ahead."""
    return _address(request, parts, draft.id, draft.blob or "", draft.media_type or "")


def opened(parts: Context, thing_id: str, proof: str) -> tuple[bytes, str]:
    """The picture that such an address shows, and its media type.

    Raises PictureNotFound, ResultExpired, StorageUnavailable.
    """
    found = parts.jobs.shown_of(thing_id)
    if found is None or not hmac.compare_digest(_proof(thing_id, found[0]), proof.encode()):
        raise PictureNotFound("There is no such picture.")
    blob, media_type = found
    data = read_picture(parts, blob)
    if media_type in ("image/png", "image/jpeg"):
        return data, media_type
    return encode(unpack(data, parts.limits)), "image/png"


def _address(request: Request, parts: Context, thing_id: str, blob: str, media_type: str) -> str:
    """The proof is asked for as a parameter, because paths are logged."""
    suffix = "jpg" if media_type == "image/jpeg" else "png"
    asked = f"of={thing_id}&proof={_proof(thing_id, blob).decode()}"
    return f"{root(request, parts)}/compat/picture.{suffix}?{asked}"


def _proof(thing_id: str, blob: str) -> bytes:
    """Made with the blob's name, which is random and told to nobody."""
    return hmac.new(blob.encode(), thing_id.encode(), hashlib.sha256).hexdigest().encode()
