"""What an operator may see and do: everybody's jobs, though not their pictures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from serve_app.database import Job, JobInput, WebhookDelivery, retried
from serve_app.errors import InputsErased, JobFinished, JobNotFound
from serve_app.jobs.desk import Desk
from serve_app.rows import DONE, blob_names

_BATCH = 200


class Operations(Desk):
    """For the command line; there is no owner to ask."""

    def every(
        self, status: str | None = None, user_id: str | None = None, limit: int = 50
    ) -> list[Job]:
        """The newest first, of one status and of one user if so wanted."""
        query = select(Job).order_by(Job.id.desc()).limit(limit)
        if status:
            query = query.where(Job.status == status)
        if user_id:
            query = query.where(Job.user_id == user_id)
        with self.database.reading() as session:
            return list(session.scalars(query))

    def one(self, job_id: str) -> Job:
        """Raises JobNotFound."""
        with self.database.reading() as session:
            return _any(session, job_id)

    @retried
    def requeue(self, job_id: str) -> None:
        """Start a job again that failed or was canceled, with all attempts before it.

        Raises JobNotFound; JobFinished for one that succeeded; InputsErased.
        """
        with self.database.writing() as session:
            job = _any(session, job_id, lock=True)
            if job.status in ("queued", "running"):
                return
            if job.status in ("succeeded", "expired"):
                raise JobFinished(f"The job is over: {job.status}.")
            self._begin_again(session, job)

    def purge(self, days: float, status: str | None = None, user_id: str | None = None) -> int:
        """Erase the pictures and the rows of jobs that ended so many days ago. How many there were.

        Raises StorageUnavailable; what was erased until then stays erased.
        """
        purged = 0
        for job_id in self._ended(days, status, user_id):
            with self.database.reading() as session:
                names = blob_names(session, job_id)
            self.erase(names)
            self.forget(job_id)
            purged += 1
        return purged

    def _ended(self, days: float, status: str | None, user_id: str | None) -> Iterator[str]:
        """By pages in the order of their ids, so that none is met twice."""
        last = ""
        wanted = [
            Job.status.in_([status] if status else DONE),
            Job.finished_at <= self.clock() - timedelta(days=days),
            *([Job.user_id == user_id] if user_id else []),
        ]
        while True:
            page = select(Job.id).where(*wanted, Job.id > last).order_by(Job.id).limit(_BATCH)
            with self.database.reading() as session:
                found = session.scalars(page).all()
            if not found:
                return
            yield from found
            last = found[-1]

    def _begin_again(self, session: Session, job: Job) -> None:
        """The attempts go on counting, so that a runner of an earlier one stays shut out."""
        kept = select(JobInput.expires_at).where(JobInput.job_id == job.id)
        until = session.scalars(kept).all()
        if not until or min(until) <= self.clock():
            raise InputsErased("The pictures of the job are erased.")
        session.execute(delete(WebhookDelivery).where(WebhookDelivery.job_id == job.id))
        job.status, job.finished_at, job.forgiven = "queued", None, job.attempt
        job.expires_at, job.progress, job.stages = min(until), 0.0, None
        job.error_name, job.error_message, job.error_hint = None, None, None


def _any(session: Session, job_id: str, *, lock: bool = False) -> Job:
    job = session.get(Job, job_id, with_for_update=lock or None)
    if job is None:
        raise JobNotFound("There is no such job.")
    return job
