"""/v1/jobs: how a job stands, its history, and its end."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request, Response

from serve_app.errors import InvalidRequest, JobFinished, JobNotFound, StorageUnavailable
from serve_app.routes.parts import PERSONAL, Parts, Reader, Writer, answers, on_behalf
from serve_app.routes.submit import LONGEST_WAIT, until_done
from serve_app.routes.views import HistoryView, JobView, Status, job_view, root_of

JobId = Annotated[str, Path(max_length=64)]
ONE = (*PERSONAL, JobNotFound, InvalidRequest)
"""What every route of one job may answer."""

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get("", responses=answers(*PERSONAL, InvalidRequest))
def history(
    request: Request,
    parts: Parts,
    caller: Reader,
    before: Annotated[
        str | None, Query(max_length=64, description="The `next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    kind: Annotated[Literal["tryon", "anime"] | None, Query(description="Only these.")] = None,
    status: Annotated[Status | None, Query(description="Only these.")] = None,
) -> HistoryView:
    """The caller's jobs, newest first."""
    found = parts.jobs.history(caller.user_id, before, limit + 1, kind, status)
    page = found[:limit]
    following = page[-1].job.id if len(found) > limit else None
    return HistoryView(jobs=[job_view(one, root_of(request)) for one in page], next=following)


@router.get("/{job_id}", responses=answers(*ONE))
async def job(
    request: Request,
    response: Response,
    job_id: JobId,
    parts: Parts,
    caller: Reader,
    wait: Annotated[
        float,
        Query(ge=0, le=LONGEST_WAIT, description="Seconds to hold the answer until it is done."),
    ] = 0.0,
) -> JobView:
    """How the job stands: now, or with `wait` when it is done or the seconds are over."""
    owner = await on_behalf(parts, caller, job_id)
    snapshot = await until_done(parts, owner, job_id, wait)
    if not snapshot.done:
        response.headers["Retry-After"] = "1"
    return job_view(snapshot, root_of(request))


@router.post("/{job_id}/cancel", responses=answers(*ONE, JobFinished))
async def cancel(request: Request, job_id: JobId, parts: Parts, caller: Writer) -> JobView:
    """Stop a job that waits or runs. Canceling it twice is one cancel."""
    owner = await on_behalf(parts, caller, job_id)
    return job_view(await run_sync(parts.jobs.cancel, owner, job_id), root_of(request))


@router.delete("/{job_id}", status_code=204, responses=answers(*ONE, StorageUnavailable))
async def delete(job_id: JobId, parts: Parts, caller: Writer) -> None:
    """Erase the job: the pictures that were sent, the result, and every row."""
    owner = await on_behalf(parts, caller, job_id)
    await run_sync(parts.privacy.erase_job, owner, job_id)
