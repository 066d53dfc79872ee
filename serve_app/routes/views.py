"""What clients read: the bodies of the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

from fastapi import Request
from pydantic import BaseModel, Field

from serve_app.database import WebhookDelivery
from serve_app.jobs import Snapshot

Status: TypeAlias = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]

_STATES: dict[str, Literal["pending", "delivered", "failed"]] = {
    "delivered": "delivered",
    "failed": "failed",
}


_CATEGORIES: dict[str, Literal["upper", "lower", "dress"]] = {
    "upper": "upper",
    "lower": "lower",
    "dress": "dress",
}


class ErrorDetail(BaseModel):
    """A named error: what happened, and what to do about it."""

    name: str
    message: str
    hint: str


class ErrorView(BaseModel):
    """The envelope of every error."""

    error: ErrorDetail


class EngineView(BaseModel):
    """What answered."""

    name: str
    version: str
    licence: str
    commercial_use: bool = Field(description="Of the engine and of what prepared the photo.")
    prepared_by: dict[str, str] = Field(
        default={}, description="The model of each stage that could have been another."
    )


class ResultView(BaseModel):
    """The picture that a job made. Width and height in px."""

    url: str = Field(description="The resend route: ask as often as needed.")
    media_type: str
    width: int
    height: int
    bytes: int
    sha256: str


class StageView(BaseModel):
    """A stage that the job has come to."""

    stage: str
    progress: float = Field(ge=0, le=1, description="Of the whole job, when the stage began.")
    at: datetime


class DeliveryView(BaseModel):
    """An event that is told at the job's `webhook_url`."""

    id: str = Field(description="The header webhook-id of every attempt.")
    event: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    next_attempt_at: datetime | None
    last_status: int | None = Field(description="What the receiver answered.")
    last_error: str | None


class WebhookView(BaseModel):
    """Where the job's end is told, and how that went."""

    url: str
    deliveries: list[DeliveryView]


class JobView(BaseModel):
    """The envelope of every job, whatever its kind."""

    id: str
    kind: Literal["tryon", "anime"]
    status: Status
    stage: str | None = Field(description="What is being done, while it runs.")
    progress: float = Field(ge=0, le=1)
    stages: list[StageView] = Field(description="What this attempt has come through.")
    queue_position: int | None = Field(description="1 is the next, while it waits.")
    parameters: dict[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime = Field(description="When the pictures are erased.")
    engine: EngineView | None
    timings: dict[str, float] = Field(description="Milliseconds by stage.")
    confidence: float | None
    category: Literal["upper", "lower", "dress"] | None = Field(
        description="What the garment was taken for; send it again as another `category` if wrong."
    )
    warnings: list[str]
    result: ResultView | None
    error: ErrorDetail | None
    webhook: WebhookView | None = Field(description="Without deliveries in a list of jobs.")


class HistoryView(BaseModel):
    """A page of jobs, the newest first."""

    jobs: list[JobView]
    next: str | None = Field(description="`before` of the next page; null on the last one.")


def root_of(request: Request) -> str:
    """The path that the application is mounted at."""
    root: str = request.scope.get("root_path", "")
    return root


def job_view(snapshot: Snapshot, root: str = "") -> JobView:
    """`root` is the path that the application is mounted at."""
    job = snapshot.job
    return JobView(
        id=job.id,
        kind="tryon" if job.kind == "tryon" else "anime",
        status=status_view(job.status),
        stage=job.stage,
        progress=job.progress,
        stages=[StageView(**stage) for stage in job.stages or []],
        queue_position=snapshot.position,
        parameters=job.parameters,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        expires_at=job.expires_at,
        engine=EngineView(**job.engine) if job.engine else None,
        timings=job.timings or {},
        confidence=job.confidence,
        category=_CATEGORIES.get(job.category or ""),
        warnings=job.warnings or [],
        result=_result_view(snapshot, root),
        error=_error(snapshot),
        webhook=_webhook(snapshot),
    )


def status_view(text: str) -> Status:
    """As the table has it."""
    known: dict[str, Status] = {
        "queued": "queued",
        "running": "running",
        "succeeded": "succeeded",
        "failed": "failed",
        "canceled": "canceled",
    }
    return known.get(text, "expired")


def _result_view(snapshot: Snapshot, root: str) -> ResultView | None:
    result = snapshot.result
    if result is None:
        return None
    return ResultView(
        url=f"{root}/v1/jobs/{result.job_id}/result",
        media_type=result.media_type,
        width=result.width,
        height=result.height,
        bytes=result.bytes,
        sha256=result.sha256,
    )


def _webhook(snapshot: Snapshot) -> WebhookView | None:
    if not snapshot.job.webhook_url:
        return None
    told = [_delivery(one) for one in snapshot.deliveries]
    return WebhookView(url=snapshot.job.webhook_url, deliveries=told)


def _delivery(one: WebhookDelivery) -> DeliveryView:
    return DeliveryView(
        id=one.id,
        event=one.event,
        state=_STATES.get(one.state, "pending"),
        attempts=one.attempt,
        next_attempt_at=one.next_attempt_at,
        last_status=one.last_status,
        last_error=one.last_error,
    )


def _error(snapshot: Snapshot) -> ErrorDetail | None:
    job = snapshot.job
    if not job.error_name:
        return None
    return ErrorDetail(
        name=job.error_name, message=job.error_message or "", hint=job.error_hint or ""
    )
