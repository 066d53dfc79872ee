"""How the line stands as a whole, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from serve_app.database import Job
from serve_app.jobs.desk import Desk


@dataclass(frozen=True)
class Failures:
    """Jobs that failed by one name, the latest with what was told."""

    name: str
    count: int
    latest: datetime
    message: str


class Overview(Desk):
    """For operators."""

    def counts(self) -> dict[str, int]:
        """Jobs by status."""
        query = select(Job.status, func.count()).group_by(Job.status)
        with self.database.reading() as session:
            return {row[0]: row[1] for row in session.execute(query)}

    def oldest_waiting(self) -> datetime | None:
        """When the job that waits longest came in."""
        with self.database.reading() as session:
            return session.scalar(select(func.min(Job.created_at)).where(Job.status == "queued"))

    def failures(self, hours: float) -> list[Failures]:
        """Of so many hours, the most frequent first."""
        since = self.clock() - timedelta(hours=hours)
        failed = (Job.status == "failed", Job.finished_at >= since)
        # The latest id is the latest job: ids sort by age.
        by_name = (
            select(Job.error_name, func.count().label("count"), func.max(Job.id).label("last"))
            .where(*failed)
            .group_by(Job.error_name)
            .subquery()
        )
        query = select(Job, by_name.c.count).join(by_name, by_name.c.last == Job.id)
        with self.database.reading() as session:
            found = session.execute(query.order_by(by_name.c.count.desc())).all()
        return [
            Failures(job.error_name or "", count, job.finished_at, job.error_message or "")
            for job, count in found
        ]

    def page(
        self, status: str | None = None, before: str | None = None, limit: int = 50
    ) -> Sequence[Job]:
        """Everybody's jobs, the newest first, from the one made before `before`."""
        query = select(Job).order_by(Job.id.desc()).limit(limit)
        if status:
            query = query.where(Job.status == status)
        if before:
            query = query.where(Job.id < before)
        with self.database.reading() as session:
            return session.scalars(query).all()
