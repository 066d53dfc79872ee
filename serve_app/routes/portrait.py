"""/v1/me/portrait: the small picture that a user is shown with."""

from __future__ import annotations

import numpy as np
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from PIL import Image as Pillow
from pydantic import BaseModel

from serve_app.blobs import BlobMissing
from serve_app.context import Context
from serve_app.errors import (
    ImageMissing,
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    ImageUnreadable,
    InvalidRequest,
    PortraitMissing,
    StorageUnavailable,
    UnsupportedFormat,
    UnsupportedMediaType,
)
from serve_app.intake import Limits, decode, encode_with
from serve_app.routes.body import read_body, request_body
from serve_app.routes.parts import PERSONAL, Editor, Myself, Parts, answers

ROLES = ("image",)
SIDE = 256
"""Px along each side."""

_UPLOAD = (
    InvalidRequest,
    ImageMissing,
    ImageUnreadable,
    ImageTooLarge,
    ImageTooSmall,
    ImageTooNarrow,
    UnsupportedFormat,
    UnsupportedMediaType,
    StorageUnavailable,
)


class _Nothing(BaseModel):
    """No fields beside the picture."""


router = APIRouter(prefix="/v1/me/portrait", tags=["identity"])


@router.post(
    "",
    status_code=204,
    responses=answers(*PERSONAL, *_UPLOAD),
    openapi_extra=request_body(_Nothing, ROLES, presets=False),
)
async def set_portrait(request: Request, parts: Parts, caller: Editor) -> None:
    """Show me with this picture, a file `image`: its middle, 256 px square."""
    body = await read_body(request, ROLES, parts.settings.max_upload_bytes)
    if "image" not in body.files:
        raise ImageMissing("The image is missing.", "Send a file 'image'.")
    limiter = request.app.state.decoders
    data = await run_sync(_square, body.files["image"], parts.limits, limiter=limiter)
    await run_sync(_keep, parts, caller.user_id, data)


@router.get(
    "",
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": {"image/webp": {}}},
        **answers(*PERSONAL, PortraitMissing, StorageUnavailable),
    },
)
def portrait(parts: Parts, caller: Myself) -> Response:
    """My picture."""
    user, _ = parts.identity.user(caller.user_id)
    if user.portrait is None:
        raise PortraitMissing("There is no picture of you here.")
    try:
        return Response(parts.blobs.read(user.portrait), media_type="image/webp")
    except BlobMissing as error:
        raise PortraitMissing("There is no picture of you here.") from error


@router.delete("", status_code=204, responses=answers(*PERSONAL, StorageUnavailable))
def remove_portrait(parts: Parts, caller: Editor) -> None:
    """Erase my picture."""
    _replace(parts, caller.user_id, None)


def _square(data: bytes, limits: Limits) -> bytes:
    picture = Pillow.fromarray(decode(data, limits))
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    part = picture.crop((left, top, left + side, top + side)).resize((SIDE, SIDE))
    return encode_with(np.asarray(part), "webp")


def _keep(parts: Context, user_id: str, data: bytes) -> None:
    blob = parts.blobs.write(data)
    try:
        _replace(parts, user_id, blob)
    except BaseException:
        parts.blobs.delete(blob)
        raise


def _replace(parts: Context, user_id: str, blob: str | None) -> None:
    if before := parts.identity.set_portrait(user_id, blob):
        parts.blobs.delete(before)
