"""What hangs on one job: asked and written inside a transaction that somebody else has begun."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from serve_app.database import (
    Draft,
    GalleryPicture,
    IdempotencyKey,
    Job,
    JobInput,
    Panel,
    Rendering,
    Report,
    Result,
    User,
    WebhookDelivery,
)

DONE = ("succeeded", "failed", "canceled", "expired")


def tell_end(session: Session, job: Job, moment: datetime) -> None:
    """Put the job's end down to be told at its webhook, in the transaction that ends it."""
    if job.webhook_url:
        event = f"job.{job.status}"
        session.add(
            WebhookDelivery(job_id=job.id, event=event, created_at=moment, next_attempt_at=moment)
        )


def input_blobs(session: Session, job_id: str) -> dict[str, str]:
    """The blobs of the pictures that were sent, by their roles."""
    rows = session.execute(select(JobInput.role, JobInput.blob).where(JobInput.job_id == job_id))
    return {row.role: row.blob for row in rows}


def blob_names(session: Session, job_id: str) -> list[str]:
    """All blobs of a job."""
    made = [select(one.blob).where(one.job_id == job_id) for one in (Result, Panel)]
    found = [name for query in made for name in session.scalars(query)]
    return [*input_blobs(session, job_id).values(), *found]


def forget(session: Session, job_id: str) -> None:
    """Delete the rows of a job whose pictures are erased."""
    for table in (IdempotencyKey, WebhookDelivery, Report, Result, Panel, JobInput):
        session.execute(delete(table).where(table.job_id == job_id))
    session.execute(delete(Job).where(Job.id == job_id))


def is_known(session: Session, blob: str) -> bool:
    """Whether a row names the blob."""
    queries = (
        select(JobInput.job_id).where(JobInput.blob == blob),
        select(Result.job_id).where(Result.blob == blob),
        select(Panel.job_id).where(Panel.blob == blob),
        select(Draft.id).where(Draft.blob == blob),
        select(GalleryPicture.id).where(GalleryPicture.blob == blob),
        select(Rendering.key).where(Rendering.blob == blob),
        select(User.id).where(User.portrait == blob),
    )
    return any(session.scalars(query.limit(1)).first() for query in queries)
