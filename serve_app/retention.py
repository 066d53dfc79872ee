"""What is erased when its time is over: pictures first, then what the tables say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, or_, select

from serve_app.blobs import Blobs
from serve_app.database import (
    Database,
    Draft,
    IdempotencyKey,
    Identification,
    Job,
    JobInput,
    Panel,
    RateLimit,
    Result,
    Token,
    User,
    retried,
    rows_touched,
)
from serve_app.rows import DONE, blob_names, is_known, tell_end

_BATCH = 500
_ORPHAN_SECONDS = 3600.0


class Retention:
    """Erases what is past its time. Safe to run anywhere at any time, by several at once."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Callable[[], datetime],
        history_days: float = 90.0,
    ) -> None:
        self.database = database
        self.blobs = blobs
        self.clock = clock
        self.history_days = history_days

    def sweep(self) -> int:
        """Returns how many jobs, pictures and rows of other tables were touched.

        At most so many of each: what is left is for the next sweep.
        """
        return (
            self._give_up()
            + self._expire()
            + self._erase_inputs()
            + self._erase_drafts()
            + self._forget_jobs()
            + self._forget_keys()
            + self._forget_limits()
            + self._forget_tokens()
        )

    def erase_orphans(self, older_than_seconds: float = _ORPHAN_SECONDS) -> int:
        """Erase pictures that no row knows: left by a process that died between the two."""
        erased = 0
        for name in self.blobs.names(older_than_seconds):
            with self.database.reading() as session:
                known = is_known(session, name)
            if not known:
                self.blobs.delete(name)
                erased += 1
        return erased

    @retried
    def _give_up(self) -> int:
        """Jobs that waited until their pictures' time was over; the pictures go right after."""
        past = select(Job).where(Job.status == "queued", Job.expires_at < self.clock())
        with self.database.writing() as session:
            jobs = session.scalars(past.limit(_BATCH).with_for_update(skip_locked=True)).all()
            for job in jobs:
                job.status, job.finished_at = "expired", self.clock()
                tell_end(session, job, self.clock())
            return len(jobs)

    def _expire(self) -> int:
        """Results whose time is over; nobody is given them any more, so no lock is needed."""
        past = select(Job.id).where(Job.status == "succeeded", Job.expires_at < self.clock())
        return sum(map(self._expire_one, self._some(past)))

    def _expire_one(self, job_id: str) -> int:
        with self.database.reading() as session:
            names = blob_names(session, job_id)
        self._erase(names)
        return self._mark_expired(job_id)

    @retried
    def _mark_expired(self, job_id: str) -> int:
        with self.database.writing() as session:
            job = session.get(Job, job_id, with_for_update=True)
            if job is None or job.status != "succeeded":
                return 0  # another sweep was here
            for table in (Result, Panel, JobInput):
                session.execute(delete(table).where(table.job_id == job_id))
            job.status = "expired"
            tell_end(session, job, self.clock())
            return 1

    def _erase_inputs(self) -> int:
        """A running job keeps its pictures until it ends.

        The status is asked of one job after the other: a join might begin with all that are over.
        """
        status = select(Job.status).where(Job.id == JobInput.job_id).scalar_subquery()
        past = (
            select(JobInput.blob)
            .where(JobInput.expires_at < self.clock(), status.in_(DONE))
            .order_by(JobInput.expires_at)
        )
        names = self._some(past)
        self._erase(names)
        return self._remove(JobInput.blob, names)

    def _erase_drafts(self) -> int:
        past = select(Draft.id, Draft.blob).where(Draft.expires_at < self.clock())
        with self.database.reading() as session:
            found = session.execute(past.limit(_BATCH)).all()
        self._erase(row.blob for row in found if row.blob)
        return self._remove(Draft.id, [row.id for row in found])

    def _forget_jobs(self) -> int:
        """The rows of jobs long over; a picture that outlived its job goes first."""
        limit = self.clock() - timedelta(days=self.history_days)
        past = select(Job.id).where(Job.status.in_(DONE), Job.expires_at < limit)
        ids = self._some(past)
        for job_id in ids:
            with self.database.reading() as session:
                names = blob_names(session, job_id)
            self._erase(names)
        return self._remove(Job.id, ids)

    def _forget_keys(self) -> int:
        past = IdempotencyKey.expires_at < self.clock()
        keys = select(IdempotencyKey.user_id, IdempotencyKey.key).where(past)
        with self.database.reading() as session:
            found = session.execute(keys.limit(_BATCH)).all()
        return sum(self._forget_key(user_id, key) for user_id, key in found)

    @retried
    def _forget_key(self, user_id: str, key: str) -> int:
        past = IdempotencyKey.expires_at < self.clock()
        mine = (IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
        with self.database.writing() as session:
            return rows_touched(session.execute(delete(IdempotencyKey).where(*mine, past)))

    def _forget_limits(self) -> int:
        past = select(RateLimit.bucket).where(RateLimit.expires_at < self.clock())
        return self._remove(RateLimit.bucket, self._some(past))

    def _forget_tokens(self) -> int:
        """With a guest's last token goes the guest, where nothing else is left of it."""
        past = select(Token.hash, Token.user_id).where(Token.expires_at < self.clock())
        with self.database.reading() as session:
            found = session.execute(past.limit(_BATCH)).all()
        forgotten = self._remove(Token.hash, [row.hash for row in found])
        self._forget_users({row.user_id for row in found})
        return forgotten

    @retried
    def _forget_users(self, ids: Iterable[str]) -> None:
        rooted = or_(
            *(exists().where(table.user_id == User.id) for table in (Token, Identification, Job))
        )
        with self.database.writing() as session:
            session.execute(delete(User).where(User.id.in_(list(ids)), ~rooted))

    def _some(self, query: Select[str]) -> Sequence[str]:
        with self.database.reading() as session:
            return session.scalars(query.limit(_BATCH)).all()

    @retried
    def _remove(self, column: Any, values: Sequence[str]) -> int:
        if not values:
            return 0
        with self.database.writing() as session:
            return rows_touched(
                session.execute(delete(column.class_).where(column.in_(list(values))))
            )

    def _erase(self, names: Iterable[str]) -> None:
        for name in names:
            self.blobs.delete(name)
