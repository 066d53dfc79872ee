"""What else an owner may do with jobs: see what was sent, report a result, erase them all."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from serve_app.context import Context
from serve_app.errors import InvalidRequest, JobNotFound, ResultExpired, StorageUnavailable
from serve_app.intake import encode, unpack
from serve_app.routes.jobs import JobId
from serve_app.routes.parts import PERSONAL, Parts, Reader, Writer, answers
from serve_app.routes.result import read_picture

ONE = (*PERSONAL, JobNotFound, InvalidRequest, StorageUnavailable)

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


class ReportRequest(BaseModel):
    """What is wrong with a result."""

    model_config = ConfigDict(extra="forbid")

    reason: Literal["wrong", "offensive", "not_me", "other"]
    words: str = Field(default="", max_length=2000)


class ErasedView(BaseModel):
    """How many jobs there were."""

    erased: int


@router.delete("", responses=answers(*PERSONAL, InvalidRequest, StorageUnavailable))
async def delete_all(
    parts: Parts,
    caller: Writer,
    kind: Annotated[Literal["tryon", "anime"] | None, Query(description="Only these.")] = None,
) -> ErasedView:
    """Erase all my jobs: the pictures that were sent, the results, and every row."""
    return ErasedView(erased=await run_sync(parts.privacy.erase_jobs, caller.user_id, kind))


@router.get(
    "/{job_id}/inputs/{role}",
    response_class=Response,
    responses={
        200: {"description": "The picture.", "content": {"image/jpeg": {}}},
        **answers(*ONE, ResultExpired),
    },
)
async def sent(
    request: Request,
    job_id: JobId,
    role: Literal["person", "garment", "image"],
    parts: Parts,
    caller: Reader,
) -> Response:
    """A picture that I sent for a job, as long as it is kept."""
    limiter = request.app.state.decoders
    data = await run_sync(_sent, parts, caller.user_id, job_id, role, limiter=limiter)
    headers = {"Cache-Control": "private, max-age=600", "Vary": "Authorization"}
    return Response(data, media_type="image/jpeg", headers=headers)


@router.post("/{job_id}/report", status_code=204, responses=answers(*ONE))
def report(job_id: JobId, said: ReportRequest, parts: Parts, caller: Writer) -> None:
    """Tell those who run the service what is wrong with a result. They see no pictures."""
    parts.jobs.complain(caller.user_id, job_id, said.reason, said.words)


def _sent(parts: Context, user_id: str, job_id: str, role: str) -> bytes:
    if preset := parts.jobs.snapshot(user_id, job_id).job.parameters.get(f"{role}_id"):
        return encode(unpack(parts.presets.picture(str(preset)).data, parts.limits), "jpeg")
    blob = parts.jobs.input_of(user_id, job_id, role)
    return encode(unpack(read_picture(parts, blob), parts.limits), "jpeg")
