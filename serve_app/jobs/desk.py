"""What all that is done to jobs has in common: the parts it works with, and how a job ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from serve_app.blobs import Blobs, Picture
from serve_app.database import Database, Job, Result, WebhookDelivery, now, retried
from serve_app.errors import DatabaseUnavailable, JobNotFound
from serve_app.retention import Retention
from serve_app.rows import DONE, forget, tell_end
from serve_app.settings import Settings

Kind: TypeAlias = Literal["tryon", "anime"]


@dataclass(frozen=True)
class ClaimedJob:
    """What a runner needs for one attempt. `inputs` names a blob for each role."""

    id: str
    kind: Kind
    attempt: int
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]


@dataclass(frozen=True)
class Snapshot:
    """A job as it stands: its result where there is one, its place among the waiting, and what was
    told of it at its webhook (in a list of jobs this is left out)."""

    job: Job
    result: Result | None
    position: int | None
    deliveries: Sequence[WebhookDelivery] = ()

    @property
    def done(self) -> bool:
        return self.job.status in DONE


class Desk:
    """The parts, and the steps that several rules share."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        settings: Settings,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.database = database
        self.blobs = blobs
        self.settings = settings
        self.clock = clock
        self.retention = Retention(database, blobs, clock, settings.history_days)

    @contextmanager
    def stored(self, pictures: Iterable[Picture]) -> Iterator[list[str]]:
        """Blobs that are erased again where the block fails.

        Not where the database went away: the row may have been committed. If it was not, they are
        orphans, and erased as such.
        """
        names: list[str] = []
        try:
            names.extend(self.blobs.write(picture.data) for picture in pictures)
            yield names
        except DatabaseUnavailable:
            raise
        except BaseException:
            self.erase(names)
            raise

    def erase(self, names: Iterable[str]) -> None:
        """Erase blobs."""
        for name in names:
            self.blobs.delete(name)

    @retried
    def forget(self, job_id: str) -> None:
        """Delete the rows of a job whose pictures are erased."""
        with self.database.writing() as session:
            forget(session, job_id)

    def end(self, session: Session, job: Job, status: str) -> None:
        """The job is over; from now on the time runs for which its result is kept."""
        moment = self.clock()
        job.status, job.finished_at = status, moment
        job.expires_at = moment + self._kept(job)
        job.lease_until, job.stage = None, None
        tell_end(session, job, moment)

    def _kept(self, job: Job) -> timedelta:
        longest = self.settings.result_hours * 3600
        wanted = longest if job.result_seconds is None else job.result_seconds
        return timedelta(seconds=min(wanted, longest))


def owned(session: Session, user_id: str, job_id: str, *, lock: bool = False) -> Job:
    """Raises JobNotFound, for somebody else's job too."""
    query = select(Job).where(Job.id == job_id, Job.user_id == user_id)
    job = session.scalars(query.with_for_update() if lock else query).first()
    if job is None:
        raise JobNotFound("There is no such job.")
    return job
