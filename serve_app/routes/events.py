"""GET /v1/jobs/{id}/events: the job as a stream of server-sent events.

An event is the whole job, not a change of it, so nothing is lost between two connections: who comes
back with Last-Event-ID is told the job as it stands, unless that is what they know already.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from serve_app.context import Context
from serve_app.errors import DatabaseUnavailable, JobNotFound
from serve_app.jobs import Snapshot
from serve_app.routes.jobs import ONE, JobId
from serve_app.routes.parts import Parts, Reader, answers, on_behalf
from serve_app.routes.views import job_view, root_of

PAUSE = 0.3
HEARTBEAT_SECONDS = 15.0
_LONGEST_STREAM = 600.0
_COME_BACK_MS = 1000

_EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["job"]},
        "id": {"type": "string", "description": "Send it as Last-Event-ID to go on from here."},
        "data": {"type": "string", "description": "The job as JSON, as GET /v1/jobs/{job_id}."},
        "retry": {"type": "integer", "description": "Milliseconds until you come back."},
    },
}

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get(
    "/{job_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `job` with the job as JSON whenever it changes, "
            "until it is done; in between a comment every 15 s.",
            "content": {"text/event-stream": {"schema": _EVENT}},
        },
        204: {"description": "The job is done, and Last-Event-ID shows that this is known."},
        **answers(*ONE),
    },
)
async def events(
    request: Request,
    job_id: JobId,
    parts: Parts,
    caller: Reader,
    last_event_id: Annotated[
        str | None, Header(max_length=64, description="The id of the last event that came.")
    ] = None,
) -> Response:
    """The job as a stream: stage, progress, place in the queue, and at last the result."""
    owner = await on_behalf(parts, caller, job_id)
    first = await run_sync(parts.jobs.snapshot, owner, job_id)
    if first.done and last_event_id == _id(_data(first, root_of(request))):
        return Response(status_code=204)  # at this a browser stops to come back
    return StreamingResponse(
        _stream(parts, owner, first, root_of(request), last_event_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    parts: Context, owner: str, snapshot: Snapshot | None, root: str, known: str | None
) -> AsyncIterator[bytes]:
    """Ends with the job, with its deletion, or after ten minutes; a client then comes back."""
    yield format_sse_event(retry=_COME_BACK_MS)
    spoken = time.monotonic()
    deadline = spoken + _LONGEST_STREAM
    while snapshot is not None:
        data = _data(snapshot, root)
        event_id = _id(data)
        if event_id != known:
            known, spoken = event_id, time.monotonic()
            yield format_sse_event(event="job", id=event_id, data_str=data)
        elif time.monotonic() - spoken > HEARTBEAT_SECONDS:
            spoken = time.monotonic()
            yield KEEPALIVE_COMMENT
        if snapshot.done or time.monotonic() > deadline:
            return
        await anyio.sleep(PAUSE)
        snapshot = await _next(parts, owner, snapshot)


async def _next(parts: Context, owner: str, last: Snapshot) -> Snapshot | None:
    """None: the job was erased."""
    try:
        return await run_sync(parts.jobs.snapshot, owner, last.job.id)
    except JobNotFound:
        return None
    except DatabaseUnavailable:
        return last  # the stream lives on, and tells more when there is more to tell


def _data(snapshot: Snapshot, root: str) -> str:
    return job_view(snapshot, root).model_dump_json()


def _id(data: str) -> str:
    """The same for the same state of the job, from whichever replica."""
    return hashlib.sha256(data.encode()).hexdigest()[:24]
