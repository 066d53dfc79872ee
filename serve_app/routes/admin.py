"""/v1/admin: what those who run the service see and do. Pictures of users are not shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serve_app import gpu_memory
from serve_app.catalogue import Entry, Gpu
from serve_app.context import Context
from serve_app.database import Job, now
from serve_app.errors import (
    AdminNeeded,
    ImageMissing,
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    ImageUnreadable,
    InputsErased,
    InvalidRequest,
    JobFinished,
    JobNotFound,
    PresetUnknown,
    StorageUnavailable,
    UnsupportedFormat,
    UnsupportedMediaType,
)
from serve_app.gpu_memory import GpuMemory
from serve_app.identity import Principal
from serve_app.presets import PresetKind
from serve_app.privacy import scrub
from serve_app.routes.body import read_body, request_body
from serve_app.routes.gallery import PresetView, view
from serve_app.routes.jobs import JobId
from serve_app.routes.parts import PERSONAL, Parts, answers, holder
from serve_app.routes.submit import explain
from serve_app.routes.views import ErrorDetail, Status, status_view

ROLES = ("image",)


def admin(principal: Annotated[Principal, Depends(holder)]) -> Principal:
    """Whoever is asking, if they run the service. Raises AdminNeeded."""
    if not principal.admin:
        raise AdminNeeded("This is for admins.")
    return principal


router = APIRouter(
    prefix="/v1/admin",
    tags=["admin"],
    dependencies=[Depends(admin)],
    responses=answers(*PERSONAL, AdminNeeded),
)


class FailureView(BaseModel):
    """Jobs that failed by one name."""

    name: str
    count: int
    latest: datetime
    message: str


class ReportView(BaseModel):
    """What a user said of a result."""

    job_id: str
    reason: str
    words: str
    created_at: datetime


class OverviewView(BaseModel):
    """How the service stands."""

    jobs: dict[str, int] = Field(description="By status.")
    waiting_seconds: float | None = Field(description="Of the job that waits longest.")
    failures: list[FailureView] = Field(description="Of the last 24 hours, by their name.")
    reports: list[ReportView]
    engines: list[Entry]
    styles: list[Entry]
    unready: dict[str, str] = Field(description="Models that cannot answer, with the reason.")
    gpus: list[Gpu] = Field(description="Of the cluster.")
    gpu_memory: list[GpuMemory] = Field(description="Of the machine that answers this.")
    renderings: int = Field(description="Pairs of the gallery that need no model.")


class AdminJobView(BaseModel):
    """A job without anything of what is in its pictures."""

    id: str
    user_id: str
    kind: str
    status: Status
    stage: str | None
    attempt: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    error: ErrorDetail | None


class AdminJobsView(BaseModel):
    """A page of jobs, the newest first."""

    jobs: list[AdminJobView]
    next: str | None = Field(description="`before` of the next page; null on the last one.")


class Purge(BaseModel):
    """Which jobs are to go."""

    model_config = ConfigDict(extra="forbid")

    days: float = Field(ge=0, le=36500, description="Since the jobs ended.")
    status: Literal["succeeded", "failed", "canceled", "expired"] | None = None


class PurgedView(BaseModel):
    """How many jobs there were."""

    purged: int


class UploadParameters(BaseModel):
    """What is said of a picture of the gallery."""

    model_config = ConfigDict(extra="forbid")

    kind: PresetKind
    category: Literal["person", "upper", "lower", "dress"] = Field(
        description="`person` for people."
    )
    title: str = Field(min_length=1, max_length=200)
    credit: str = Field(min_length=1, max_length=200, description="Whose picture it is.")
    licence: str = Field(min_length=1, max_length=64, description="What it may be used for.")


@router.get("")
def overview(parts: Parts) -> OverviewView:
    """The queue, failures with their reasons, engines and their state, GPUs."""
    jobs, oldest = parts.jobs, parts.jobs.oldest_waiting()
    reports = [
        ReportView(job_id=one.job_id, reason=one.reason, words=one.words, created_at=one.created_at)
        for one in jobs.complaints()
    ]
    return OverviewView(
        jobs=jobs.counts(),
        waiting_seconds=(now() - oldest).total_seconds() if oldest else None,
        failures=[FailureView(**vars(one)) for one in jobs.failures(24)],
        reports=reports,
        engines=list(parts.catalogue.engines),
        styles=list(parts.catalogue.styles),
        unready=dict(parts.unready()),
        gpus=list(parts.gpus()),
        gpu_memory=gpu_memory.read(),
        renderings=parts.renderings.count(),
    )


@router.get("/jobs", responses=answers(InvalidRequest))
def jobs(
    parts: Parts,
    status: Annotated[Status | None, Query(description="Only these.")] = None,
    before: Annotated[
        str | None, Query(max_length=64, description="The `next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AdminJobsView:
    """Everybody's jobs, newest first."""
    found = parts.jobs.page(status, before, limit + 1)
    following = found[limit - 1].id if len(found) > limit else None
    return AdminJobsView(jobs=[_job(one) for one in found[:limit]], next=following)


@router.post(
    "/jobs/{job_id}/retry",
    responses=answers(JobNotFound, JobFinished, InputsErased, InvalidRequest),
)
def retry(job_id: JobId, parts: Parts) -> AdminJobView:
    """Start a job again that failed or was canceled, as long as its pictures are kept."""
    parts.jobs.requeue(job_id)
    parts.wake()
    return _job(parts.jobs.one(job_id))


@router.post("/purge", responses=answers(InvalidRequest, StorageUnavailable))
def purge(said: Purge, parts: Parts) -> PurgedView:
    """Erase jobs that ended so many days ago: their pictures, then their rows."""
    count = parts.jobs.purge(said.days, said.status)
    scrub(parts.database)
    return PurgedView(purged=count)


@router.post(
    "/gallery",
    status_code=201,
    responses=answers(
        InvalidRequest,
        ImageMissing,
        ImageUnreadable,
        ImageTooLarge,
        ImageTooSmall,
        ImageTooNarrow,
        UnsupportedFormat,
        UnsupportedMediaType,
        StorageUnavailable,
    ),
    openapi_extra=request_body(UploadParameters, ROLES, presets=False),
)
async def upload(request: Request, parts: Parts) -> PresetView:
    """Put a picture into the gallery: a file `image`, with credit and licence."""
    body = await read_body(request, ROLES, parts.settings.max_upload_bytes)
    said = _said(body.fields)
    if "image" not in body.files:
        raise ImageMissing("The image is missing.", "Send a file 'image'.")
    preset_id = await run_sync(
        _add, parts, body.files["image"], said, limiter=request.app.state.decoders
    )
    return view(request, await run_sync(parts.presets.get, preset_id))


@router.delete(
    "/gallery/{preset_id}",
    status_code=204,
    responses=answers(PresetUnknown, StorageUnavailable, InvalidRequest),
)
def take_down(preset_id: Annotated[str, Path(max_length=64)], parts: Parts) -> None:
    """Take a picture out of the gallery that was uploaded; what came with the service stays."""
    parts.uploads.remove(preset_id)


def _said(fields: Mapping[str, object]) -> UploadParameters:
    try:
        said = UploadParameters.model_validate(fields)
    except ValidationError as error:
        raise InvalidRequest(explain(error.errors())) from error
    if (said.kind == "person") != (said.category == "person"):
        raise InvalidRequest(f"A {said.kind} is not of the category {said.category}.")
    return said


def _add(parts: Context, data: bytes, said: UploadParameters) -> str:
    return parts.uploads.add(data, **said.model_dump())


def _job(job: Job) -> AdminJobView:
    error = None
    if job.error_name:
        said = {"message": job.error_message or "", "hint": job.error_hint or ""}
        error = ErrorDetail(name=job.error_name, **said)
    return AdminJobView(
        id=job.id,
        user_id=job.user_id,
        kind=job.kind,
        status=status_view(job.status),
        stage=job.stage,
        attempt=job.attempt,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        worker=job.worker,
        error=error,
    )
