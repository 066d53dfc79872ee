"""GET /v1/jobs/{id}/result: the resend route."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request, Response

from serve_app.blobs import BlobMissing
from serve_app.clips import CLIP_TYPE
from serve_app.context import Context
from serve_app.database import Result
from serve_app.errors import (
    InternalError,
    JobCanceled,
    JobFailed,
    NotAcceptable,
    RangeNotSatisfiable,
    ResultExpired,
    ResultNotReady,
    StorageUnavailable,
    WorkerLost,
)
from serve_app.jobs import Snapshot
from serve_app.provenance import converted
from serve_app.routes.jobs import ONE, JobId
from serve_app.routes.negotiation import choose, is_known, part_of
from serve_app.routes.parts import Parts, Reader, answers

FORMATS = ("image/png", "image/jpeg", "image/webp")

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_PICTURE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture.",
        "content": dict.fromkeys((*FORMATS, CLIP_TYPE), _PICTURE),
        "headers": {"ETag": {"schema": {"type": "string"}}},
    },
    206: {
        "description": "The part of the picture that Range asks for.",
        "content": dict.fromkeys((*FORMATS, CLIP_TYPE), _PICTURE),
        "headers": {"Content-Range": {"schema": {"type": "string"}}},
    },
    304: {"description": "The picture is the one in If-None-Match."},
    307: {
        "description": "The picture is at Location for a short while; only where the operator has "
        "set FITTING_ROOM_BLOB_REDIRECT."
    },
    **answers(
        *ONE,
        ResultNotReady,
        ResultExpired,
        JobCanceled,
        NotAcceptable,
        RangeNotSatisfiable,
        WorkerLost,
        StorageUnavailable,
        InternalError,
        "PersonNotFound",
        "GarmentNotFound",
        "PoseUncertain",
        "LegsNotInPicture",
        "LicenceNotAllowed",
    ),
}


@router.get("/{job_id}/result", response_class=Response, responses=_RESPONSES)
async def result(
    request: Request,
    job_id: JobId,
    parts: Parts,
    caller: Reader,
    form: Annotated[
        Literal["png", "jpeg", "webp"] | None,
        Query(alias="format", description="The same as Accept, for who cannot set headers."),
    ] = None,
    longest: Annotated[
        int | None,
        Query(ge=16, le=1024, description="Shrunk to so many px along the longer side, as WebP."),
    ] = None,
    download: Annotated[bool, Query(description="As an attachment with a file name.")] = False,
    accept: Annotated[
        str | None, Header(description="image/png (as it was made), image/jpeg or image/webp.")
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
    if_range: Annotated[str | None, Header()] = None,
    wanted: Annotated[str | None, Header(alias="Range", description="bytes=FIRST-LAST")] = None,
) -> Response:
    """The resend route: the picture, as often as it is asked for, until it expires.

    From any replica, in part, and as PNG, JPEG or WebP. Of a failed job, the error that it failed
    with. To its owner alone: an admin does not see pictures.
    """
    kept = await run_sync(result_of, parts, caller.user_id, job_id)
    media_type = _wanted(kept, form, accept)
    tag = _tag(kept, media_type)
    if longest:
        return await _small(request, parts, kept, longest)
    headers = {"ETag": tag, "Cache-Control": "private, no-store", "Accept-Ranges": "bytes"}
    headers["Vary"] = "Accept, Authorization"
    if is_known(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    if download:
        suffix = media_type.partition("/")[2]
        headers["Content-Disposition"] = f'attachment; filename="{job_id}.{suffix}"'
    if link := _link(parts, kept, media_type):
        return Response(status_code=307, headers={**headers, "Location": link})
    data = await _load(request, parts, kept, media_type)
    part = part_of(wanted, if_range, tag, len(data))
    if part is None:
        return Response(data, media_type=media_type, headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
    return Response(data[part], 206, headers, media_type)


def result_of(parts: Context, user_id: str, job_id: str) -> Result:
    """Of a job that succeeded. Raises JobNotFound, ResultNotReady, ResultExpired, JobCanceled, and
    JobFailed for the error of one that failed."""
    _raise_if_failed(parts.jobs.snapshot(user_id, job_id))
    return parts.jobs.result(user_id, job_id)


def _wanted(kept: Result, form: str | None, accept: str | None) -> str:
    """Raises NotAcceptable."""
    offered = _offered(kept)
    media_type = f"image/{form}" if form else choose(accept, offered)
    if media_type not in offered:
        raise NotAcceptable("The result is a clip, and no picture.")
    return media_type


async def _small(request: Request, parts: Context, kept: Result, longest: int) -> Response:
    """A browser may keep it: a result never changes."""
    if not kept.media_type.startswith("image/"):
        raise NotAcceptable("There is no small picture of a clip.")
    data = await run_sync(read_picture, parts, kept.blob)
    limiter = request.app.state.decoders
    picture = await run_sync(converted, data, "webp", longest, limiter=limiter)
    headers = {"Cache-Control": "private, max-age=3600", "Vary": "Authorization"}
    return Response(picture.data, media_type="image/webp", headers=headers)


def _offered(kept: Result) -> list[str]:
    """As it is kept first: that costs nothing. A clip stays what it is."""
    if kept.media_type == CLIP_TYPE:
        return [CLIP_TYPE]
    return [kept.media_type, *(one for one in FORMATS if one != kept.media_type)]


def _tag(kept: Result, media_type: str) -> str:
    """Differs between the formats, as their bytes do."""
    suffix = "" if media_type == kept.media_type else "-" + media_type.partition("/")[2]
    return f'"{kept.sha256}{suffix}"'


def _link(parts: Context, kept: Result, media_type: str) -> str | None:
    if not parts.settings.blob_redirect or media_type != kept.media_type:
        return None
    return parts.blobs.link(kept.blob, parts.settings.blob_link_seconds, media_type)


async def _load(request: Request, parts: Context, kept: Result, media_type: str) -> bytes:
    data = await run_sync(read_picture, parts, kept.blob)
    if media_type == kept.media_type:
        return data
    limiter = request.app.state.decoders
    kind = media_type.partition("/")[2]
    return (await run_sync(converted, data, kind, limiter=limiter)).data


def read_picture(parts: Context, blob: str) -> bytes:
    """Raises ResultExpired, StorageUnavailable."""
    try:
        return parts.blobs.read(blob)
    except BlobMissing as error:
        raise ResultExpired("The result was erased.") from error


def _raise_if_failed(snapshot: Snapshot) -> None:
    failed = snapshot.job
    if failed.status == "failed":
        raise JobFailed(
            failed.error_name or "InternalError",
            failed.error_message or "",
            failed.error_hint or "",
        )
