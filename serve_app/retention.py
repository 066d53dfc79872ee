"""What is erased when its time is over: pictures first, then what the tables say of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from serve_app.blobs import Blobs
from serve_app.database import Database, IdempotencyKey, Job, JobInput, Result, rows_touched

DONE = ("succeeded", "failed", "canceled", "expired")
_BATCH = 200
_ORPHAN_SECONDS = 3600.0


class Retention:
    """Erases what is past its time. Safe to run anywhere at any time, by several at once."""

    def __init__(self, database: Database, blobs: Blobs, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.blobs = blobs
        self.clock = clock

    def sweep(self) -> int:
        """Returns how many jobs, pictures and keys were touched."""
        return self._expire() + self._erase_inputs() + self._forget_keys()

    def erase_orphans(self, older_than_seconds: float = _ORPHAN_SECONDS) -> int:
        """Erase pictures that no row knows: left by a process that died between the two."""
        erased = 0
        for name in self.blobs.names(older_than_seconds):
            with self.database.reading() as session:
                known = _is_known(session, name)
            if not known:
                self.blobs.delete(name)
                erased += 1
        return erased

    def _expire(self) -> int:
        """Results whose time is over, and jobs that waited until their pictures' time was over."""
        past = and_(Job.status.in_(("queued", "succeeded")), Job.expires_at < self.clock())
        with self.database.reading() as session:
            ids = session.scalars(select(Job.id).where(past).limit(_BATCH)).all()
        return sum(self._expire_one(job_id, past) for job_id in ids)

    def _expire_one(self, job_id: str, past: ColumnElement[bool]) -> bool:
        with self.database.writing() as session:
            job = session.scalars(select(Job).where(Job.id == job_id, past).with_for_update())
            if found := job.first():
                for name in blob_names(session, job_id):
                    self.blobs.delete(name)
                session.execute(delete(Result).where(Result.job_id == job_id))
                session.execute(delete(JobInput).where(JobInput.job_id == job_id))
                found.status = "expired"
                found.finished_at = found.finished_at or self.clock()
            return found is not None

    def _erase_inputs(self) -> int:
        """A running job keeps its pictures until it ends."""
        past = (
            select(JobInput)
            .join(Job, Job.id == JobInput.job_id)
            .where(JobInput.expires_at < self.clock(), Job.status.in_(DONE))
            .limit(_BATCH)
        )
        with self.database.writing() as session:
            inputs = session.scalars(past).all()
            for one in inputs:
                self.blobs.delete(one.blob)
                session.delete(one)
            return len(inputs)

    def _forget_keys(self) -> int:
        with self.database.writing() as session:
            past = delete(IdempotencyKey).where(IdempotencyKey.expires_at < self.clock())
            return rows_touched(session.execute(past))


def input_blobs(session: Session, job_id: str) -> dict[str, str]:
    rows = session.execute(select(JobInput.role, JobInput.blob).where(JobInput.job_id == job_id))
    return {row.role: row.blob for row in rows}


def blob_names(session: Session, job_id: str) -> list[str]:
    result = select(Result.blob).where(Result.job_id == job_id)
    return [*input_blobs(session, job_id).values(), *session.scalars(result)]


def _is_known(session: Session, blob: str) -> bool:
    inputs = select(JobInput.job_id).where(JobInput.blob == blob)
    results = select(Result.job_id).where(Result.blob == blob)
    return any(session.scalars(query.limit(1)).first() for query in (inputs, results))
