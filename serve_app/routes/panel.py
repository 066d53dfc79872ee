"""GET /v1/jobs/{id}/panel: the pictures on the way to a result."""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Response

from serve_app.blobs import BlobMissing
from serve_app.context import Context
from serve_app.errors import PanelNotKept, StorageUnavailable
from serve_app.routes.jobs import ONE, JobId
from serve_app.routes.parts import Parts, Reader, answers

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The pictures, in one.",
        "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    },
    **answers(*ONE, PanelNotKept, StorageUnavailable),
}


@router.get("/{job_id}/panel", response_class=Response, responses=_RESPONSES)
async def panel(job_id: JobId, parts: Parts, caller: Reader) -> Response:
    """The pictures on the way, in one, of a try-on that was sent with `debug`. To its owner alone,
    and as long as the result is kept."""
    data, media_type = await run_sync(_read, parts, caller.user_id, job_id)
    return Response(data, media_type=media_type, headers={"Cache-Control": "private, no-store"})


def _read(parts: Context, user_id: str, job_id: str) -> tuple[bytes, str]:
    kept = parts.jobs.panel(user_id, job_id)
    try:
        return parts.blobs.read(kept.blob), kept.media_type
    except BlobMissing as error:
        raise PanelNotKept("The panel was erased.") from error
