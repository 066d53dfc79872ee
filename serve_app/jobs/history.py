"""What a job's owner may see and do."""

from __future__ import annotations

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from serve_app.database import Job, Panel, Result, WebhookDelivery, retried
from serve_app.errors import (
    JobCanceled,
    JobFinished,
    PanelNotKept,
    ResultExpired,
    ResultNotReady,
)
from serve_app.jobs.desk import Desk, Kind, Snapshot, owned
from serve_app.jobs.line import position
from serve_app.rows import blob_names

_WITH_RESULT = and_(Result.job_id == Job.id, Job.status == "succeeded")


class History(Desk):
    """Jobs as their owners see them."""

    def snapshot(self, user_id: str, job_id: str) -> Snapshot:
        """Raises JobNotFound, for somebody else's job too."""
        with self.database.reading() as session:
            return _snapshot(session, owned(session, user_id, job_id))

    def history(
        self,
        user_id: str,
        before: str | None = None,
        limit: int = 20,
        kind: Kind | None = None,
        status: str | None = None,
    ) -> list[Snapshot]:
        """The newest first, from the one made before the job with the id `before`; of one kind and
        of one status, if so wanted."""
        query = (
            select(Job, Result)
            .outerjoin(Result, _WITH_RESULT)
            .where(Job.user_id == user_id)
            .order_by(Job.id.desc())
            .limit(limit)
        )
        if before:
            query = query.where(Job.id < before)
        if kind:
            query = query.where(Job.kind == kind)
        if status:
            query = query.where(Job.status == status)
        with self.database.reading() as session:
            found = session.execute(query).all()
            return [Snapshot(job, result, position(session, job)) for job, result in found]

    def result(self, user_id: str, job_id: str) -> Result:
        """The result of a job that succeeded.

        Raises JobNotFound, ResultNotReady, ResultExpired, JobCanceled. Of a failed job there is
        none either; ask its snapshot for the error.
        """
        found = self.snapshot(user_id, job_id)
        if found.result and found.job.expires_at > self.clock():
            return found.result
        if found.job.status in ("queued", "running"):
            raise ResultNotReady(f"The job is {found.job.status}.")
        if found.job.status == "canceled":
            raise JobCanceled("The job was canceled.")
        raise ResultExpired("The result was erased.")

    def panel(self, user_id: str, job_id: str) -> Panel:
        """The pictures on the way. Raises JobNotFound, PanelNotKept."""
        with self.database.reading() as session:
            job, panel = owned(session, user_id, job_id), session.get(Panel, job_id)
            if panel is None or job.status != "succeeded" or job.expires_at <= self.clock():
                raise PanelNotKept("The job has no panel.")
            return panel

    @retried
    def cancel(self, user_id: str, job_id: str) -> Snapshot:
        """Over at once; a runner that works on it learns so at its next sign of life.

        Canceling twice is one cancel. Raises JobNotFound, JobFinished.
        """
        with self.database.writing() as session:
            job = owned(session, user_id, job_id, lock=True)
            if job.status in ("queued", "running"):
                self.end(session, job, "canceled")
            elif job.status != "canceled":
                raise JobFinished(f"The job is over: {job.status}.")
            session.flush()
            return _snapshot(session, job)

    def delete(self, user_id: str, job_id: str) -> None:
        """Erase the pictures, then the row. Raises JobNotFound, StorageUnavailable.

        A runner that works on it may not leave a picture behind, so the job is canceled first.
        """
        names = self._withdraw(user_id, job_id)
        self.erase(names)
        self.forget(job_id)

    @retried
    def _withdraw(self, user_id: str, job_id: str) -> list[str]:
        with self.database.writing() as session:
            job = owned(session, user_id, job_id, lock=True)
            if job.status in ("queued", "running"):
                job.webhook_url = None  # who erases a job does not want to hear of it
                self.end(session, job, "canceled")
            return blob_names(session, job.id)


def _snapshot(session: Session, job: Job) -> Snapshot:
    result = session.get(Result, job.id) if job.status == "succeeded" else None
    return Snapshot(job, result, position(session, job), _deliveries(session, job))


def _deliveries(session: Session, job: Job) -> list[WebhookDelivery]:
    if not job.webhook_url:
        return []
    told = select(WebhookDelivery).where(WebhookDelivery.job_id == job.id)
    return list(session.scalars(told.order_by(WebhookDelivery.id)))
