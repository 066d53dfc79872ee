"""/v1/jobs: how a job stands, its result, and its end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from serve_app.blobs import BlobMissing
from serve_app.context import Context
from serve_app.errors import (
    DatabaseUnavailable,
    InternalError,
    InvalidRequest,
    JobCanceled,
    JobFailed,
    JobFinished,
    JobNotFound,
    ResultExpired,
    ResultNotReady,
    StorageUnavailable,
    TokenInvalid,
    TokenMissing,
    WorkerLost,
)
from serve_app.jobs import Snapshot
from serve_app.routes.parts import Caller, Parts, answers
from serve_app.routes.views import HistoryView, JobView, job_view

JobId = Annotated[str, Path(max_length=64)]

_COMMON = (TokenMissing, TokenInvalid, DatabaseUnavailable)
_ONE = (*_COMMON, JobNotFound)
_EVENT_PAUSE = 0.3
_HEARTBEAT_SECONDS = 15.0
_LONGEST_STREAM = 600.0

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


def _root(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root


@router.get("", responses=answers(*_COMMON, InvalidRequest))
def history(
    request: Request,
    parts: Parts,
    user: Caller,
    before: Annotated[
        str | None, Query(max_length=64, description="The `next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> HistoryView:
    """The caller's jobs, newest first."""
    found = parts.jobs.history(user, before, limit + 1)
    page = found[:limit]
    following = page[-1].job.id if len(found) > limit else None
    return HistoryView(jobs=[job_view(one, _root(request)) for one in page], next=following)


@router.get("/{job_id}", responses=answers(*_ONE))
def job(request: Request, job_id: JobId, parts: Parts, user: Caller) -> JobView:
    """How the job stands."""
    return job_view(parts.jobs.snapshot(user, job_id), _root(request))


@router.get(
    "/{job_id}/result",
    response_class=Response,
    responses={
        200: {
            "description": "The picture.",
            "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
            "headers": {"ETag": {"schema": {"type": "string"}}},
        },
        304: {"description": "The picture is the one in If-None-Match."},
        **answers(
            *_ONE,
            ResultNotReady,
            ResultExpired,
            JobCanceled,
            WorkerLost,
            StorageUnavailable,
            InternalError,
            "PersonNotFound",
            "GarmentNotFound",
            "PoseUncertain",
            "LegsNotInPicture",
            "LicenceNotAllowed",
        ),
    },
)
def result(
    job_id: JobId,
    parts: Parts,
    user: Caller,
    download: Annotated[bool, Query(description="As an attachment with a file name.")] = False,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The resend route: the picture, as often as it is asked for, until it expires.

    Of a failed job, the error that it failed with.
    """
    _raise_if_failed(parts.jobs.snapshot(user, job_id))
    kept = parts.jobs.result(user, job_id)
    headers = {"ETag": f'"{kept.sha256}"', "Cache-Control": "private, no-store"}
    if _matches(if_none_match, kept.sha256):
        return Response(status_code=304, headers=headers)
    if download:
        suffix = kept.media_type.partition("/")[2]
        headers["Content-Disposition"] = f'attachment; filename="{job_id}.{suffix}"'
    return Response(_read(parts, kept.blob), media_type=kept.media_type, headers=headers)


def _read(parts: Context, blob: str) -> bytes:
    try:
        return parts.blobs.read(blob)
    except BlobMissing as error:
        raise ResultExpired("The result was erased.") from error


def _matches(if_none_match: str | None, sha256: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in tags or f'"{sha256}"' in tags


def _raise_if_failed(snapshot: Snapshot) -> None:
    failed = snapshot.job
    if failed.status == "failed":
        raise JobFailed(
            failed.error_name or "InternalError",
            failed.error_message or "",
            failed.error_hint or "",
        )


@router.get(
    "/{job_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `job` with the job as JSON whenever it changes, "
            "until it is done.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **answers(*_ONE),
    },
)
async def events(request: Request, job_id: JobId, parts: Parts, user: Caller) -> StreamingResponse:
    """The job as a stream of server-sent events."""
    first = await run_sync(parts.jobs.snapshot, user, job_id)
    return StreamingResponse(
        _stream(parts, user, first, _root(request)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(parts: Context, user: str, first: Snapshot, root: str) -> AsyncIterator[str]:
    """Ends with the job, with its deletion, or after ten minutes; a client then comes back."""
    yield "retry: 1000\n\n"
    snapshot, told, spoken = first, "", time.monotonic()
    deadline = spoken + _LONGEST_STREAM
    while time.monotonic() < deadline:
        now_is = job_view(snapshot, root).model_dump_json()
        if now_is != told:
            told, spoken = now_is, time.monotonic()
            yield f"event: job\ndata: {told}\n\n"
        elif time.monotonic() - spoken > _HEARTBEAT_SECONDS:
            spoken = time.monotonic()
            yield ": still here\n\n"
        if snapshot.done:
            return
        await anyio.sleep(_EVENT_PAUSE)
        try:
            snapshot = await run_sync(parts.jobs.snapshot, user, snapshot.job.id)
        except JobNotFound:
            return


@router.post("/{job_id}/cancel", responses=answers(*_ONE, JobFinished))
def cancel(request: Request, job_id: JobId, parts: Parts, user: Caller) -> JobView:
    """Stop a job that waits or runs. Canceling it twice is one cancel."""
    return job_view(parts.jobs.cancel(user, job_id), _root(request))


@router.delete("/{job_id}", status_code=204, responses=answers(*_ONE, StorageUnavailable))
def delete(job_id: JobId, parts: Parts, user: Caller) -> None:
    """Erase the job: the pictures that were sent, the result, and the row."""
    parts.jobs.delete(user, job_id)
