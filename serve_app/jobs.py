"""The states of a job and the rules between them.

queued → running → succeeded | failed | canceled | expired. A runner claims a job for a while (the
lease) and under a number (the attempt). Whatever it tells later counts only while the job is still
running under that number, so a runner that was thought dead cannot overwrite its successor's work.
Synchronous throughout: async code calls it through threads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deployments.types import Engine
from serve_app.blobs import Blobs, Picture
from serve_app.database import Database, IdempotencyKey, Job, JobInput, Result, now, rows_touched
from serve_app.errors import (
    DatabaseUnavailable,
    IdempotencyKeyReused,
    JobCanceled,
    JobFinished,
    JobNotFound,
    QueueFull,
    ResultExpired,
    ResultNotReady,
    WorkerLost,
)
from serve_app.retention import DONE, Retention, blob_names, input_blobs
from serve_app.settings import Settings

Kind: TypeAlias = Literal["tryon", "anime"]

_KEY_HOURS = 24
_BATCH = 200


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
    """A job as it stands, with its result where there is one, and its place among the waiting."""

    job: Job
    result: Result | None
    position: int | None

    @property
    def done(self) -> bool:
        return self.job.status in DONE


class Jobs:
    """All that may be done to a job. Every change is one transaction."""

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
        self.retention = Retention(database, blobs, clock)

    # For clients

    def submit(
        self,
        user_id: str,
        kind: Kind,
        parameters: Mapping[str, Any],
        pictures: Mapping[str, Picture],
        key: str | None = None,
    ) -> str:
        """Store a job with its pictures and give its id; with a known `key`, the first one's id.

        Raises QueueFull, IdempotencyKeyReused, StorageUnavailable, DatabaseUnavailable.
        """
        fingerprint = _fingerprint(kind, parameters, pictures)
        if key and (first := self._replay(user_id, key, fingerprint)):
            return first
        self._refuse_when_full()
        with self._stored(pictures.values()) as names:
            inputs = dict(zip(pictures, names, strict=True))
            try:
                return self._insert(user_id, kind, parameters, pictures, inputs, key, fingerprint)
            except IntegrityError:
                self._erase(names)
                if key and (first := self._replay(user_id, key, fingerprint)):
                    return first  # the same request arrived twice at the same moment
                raise

    def snapshot(self, user_id: str, job_id: str) -> Snapshot:
        """Raises JobNotFound, for somebody else's job too."""
        with self.database.reading() as session:
            return _snapshot(session, _owned(session, user_id, job_id))

    def history(self, user_id: str, before: str | None = None, limit: int = 20) -> list[Snapshot]:
        """The newest first, from the one made before the job with the id `before`."""
        query = select(Job).where(Job.user_id == user_id).order_by(Job.id.desc()).limit(limit)
        if before:
            query = query.where(Job.id < before)
        with self.database.reading() as session:
            found = session.scalars(query).all()
            kept = select(Result).where(Result.job_id.in_([job.id for job in found]))
            results = {result.job_id: result for result in session.scalars(kept)}
            return [Snapshot(job, results.get(job.id), _position(session, job)) for job in found]

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

    def cancel(self, user_id: str, job_id: str) -> Snapshot:
        """Over at once; a runner that works on it learns so at its next sign of life.

        Canceling twice is one cancel. Raises JobNotFound, JobFinished.
        """
        with self.database.writing() as session:
            job = _owned(session, user_id, job_id, lock=True)
            if job.status in ("queued", "running"):
                self._finish(job, "canceled")
            elif job.status != "canceled":
                raise JobFinished(f"The job is over: {job.status}.")
            return _snapshot(session, job)

    def delete(self, user_id: str, job_id: str) -> None:
        """Erase the pictures, then the row. Raises JobNotFound."""
        with self.database.writing() as session:
            job = _owned(session, user_id, job_id, lock=True)
            self._erase(blob_names(session, job.id))
            for table in (IdempotencyKey, Result, JobInput):
                session.execute(delete(table).where(table.job_id == job.id))
            session.delete(job)

    # For runners

    def claim(self, worker: str, lease_seconds: float) -> ClaimedJob | None:
        """The next job, which is this worker's for that many seconds. None where none waits."""
        turn = (
            select(Job)
            .where(Job.status == "queued")
            .order_by(Job.priority, Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self.database.writing() as session:
            job = session.scalars(turn).first()
            if job is None:
                return None
            self._start(job, worker, lease_seconds)
            return ClaimedJob(
                job.id, _kind(job), job.attempt, job.parameters, input_blobs(session, job.id)
            )

    def renew(self, job_id: str, attempt: int, lease_seconds: float | None = None) -> bool:
        """A sign of life. False: the job is canceled, deleted or another's, so stop."""
        return self._update_own(job_id, attempt, lease_until=self._lease(lease_seconds))

    def report(self, job_id: str, attempt: int, stage: str, progress: float) -> bool:
        """What the runner is at, and the share that is done (0 to 1). A sign of life as well."""
        return self._update_own(
            job_id,
            attempt,
            stage=stage[:64],
            progress=min(max(progress, 0.0), 1.0),
            lease_until=self._lease(None),
        )

    def succeed(
        self,
        job_id: str,
        attempt: int,
        *,
        result: Picture,
        engine: Engine,
        timings: Mapping[str, float],
        confidence: float | None = None,
        warnings: Sequence[str] = (),
    ) -> bool:
        """Commit the result. False: the job is not this attempt's any more, and nothing is kept."""
        changes = {
            **self._ending("succeeded"),
            "engine": asdict(engine),
            "timings": {stage: round(ms, 1) for stage, ms in timings.items()},
            "confidence": confidence,
            "warnings": list(warnings),
            "progress": 1.0,
        }
        with self._stored([result]) as (name,):
            with self.database.writing() as session:
                kept = _update_running(session, job_id, attempt, changes)
                if kept:
                    session.add(_result(job_id, name, result))
            if not kept:
                self._erase([name])
            return kept

    def fail(self, job_id: str, attempt: int, name: str, message: str, hint: str = "") -> bool:
        """End the job with a named error. False: it is not this attempt's any more."""
        error = {"error_name": name[:64], "error_message": message, "error_hint": hint}
        return self._update_own(job_id, attempt, **self._ending("failed"), **error)

    def put_back(self, job_id: str, attempt: int) -> bool:
        """Let another try: the worker stops, or a model died under it.

        After the last attempt the job fails as WorkerLost. False: it was not this attempt's.
        """
        with self.database.writing() as session:
            job = session.scalars(
                select(Job).where(*_running(job_id, attempt)).with_for_update()
            ).first()
            if job:
                self._requeue(job)
            return job is not None

    # For the sweeper

    def sweep(self) -> int:
        """Take back what lost runners held, and erase what is past its time.

        Returns how many jobs and pictures were touched. Safe to run anywhere at any time.
        """
        return self._take_back() + self.retention.sweep()

    def _take_back(self) -> int:
        lost = (
            select(Job)
            .where(Job.status == "running", Job.lease_until < self.clock())
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        with self.database.writing() as session:
            jobs = session.scalars(lost).all()
            for job in jobs:
                self._requeue(job)
            return len(jobs)

    # Steps

    def _refuse_when_full(self) -> None:
        waiting = select(func.count()).select_from(Job).where(Job.status == "queued")
        with self.database.reading() as session:
            if (session.scalar(waiting) or 0) >= self.settings.queue_limit:
                raise QueueFull(f"{self.settings.queue_limit} jobs are waiting already.")

    def _replay(self, user_id: str, key: str, fingerprint: str) -> str | None:
        with self.database.reading() as session:
            known = session.get(IdempotencyKey, (user_id, key))
        if known is None or known.expires_at <= self.clock():
            return None
        if known.parameters_hash != fingerprint:
            raise IdempotencyKeyReused("This Idempotency-Key belongs to another job.")
        return known.job_id

    def _insert(
        self,
        user_id: str,
        kind: Kind,
        parameters: Mapping[str, Any],
        pictures: Mapping[str, Picture],
        inputs: Mapping[str, str],
        key: str | None,
        fingerprint: str,
    ) -> str:
        made = self.clock()
        erased = made + timedelta(hours=self.settings.input_hours)
        job = Job(
            user_id=user_id,
            kind=kind,
            parameters=dict(parameters),
            created_at=made,
            expires_at=erased,
        )
        with self.database.writing() as session:
            session.add(job)
            session.flush()
            for role, picture in pictures.items():
                session.add(_input(job.id, role, inputs[role], picture, erased))
            if key:
                session.execute(
                    delete(IdempotencyKey).where(
                        IdempotencyKey.user_id == user_id,
                        IdempotencyKey.key == key,
                        IdempotencyKey.expires_at <= made,
                    )
                )
                session.add(_key(user_id, key, fingerprint, job.id, made))
        return job.id

    @contextmanager
    def _stored(self, pictures: Iterable[Picture]) -> Iterator[list[str]]:
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
            self._erase(names)
            raise

    def _erase(self, names: Iterable[str]) -> None:
        for name in names:
            self.blobs.delete(name)

    def _start(self, job: Job, worker: str, lease_seconds: float) -> None:
        job.status = "running"
        job.attempt += 1
        job.worker = worker[:128]
        job.lease_until = self._lease(lease_seconds)
        job.started_at = self.clock()
        job.stage, job.progress = None, 0.0

    def _lease(self, seconds: float | None) -> datetime:
        return self.clock() + timedelta(seconds=seconds or self.settings.lease_seconds)

    def _requeue(self, job: Job) -> None:
        if job.attempt >= self.settings.attempts:
            self._finish(job, "failed")
            lost = WorkerLost(f"The job was started {job.attempt} times and never ended.")
            job.error_name, job.error_message, job.error_hint = (
                "WorkerLost",
                lost.message,
                lost.hint,
            )
            return
        job.status, job.lease_until, job.worker = "queued", None, None
        job.stage, job.progress = None, 0.0

    def _finish(self, job: Job, status: str) -> None:
        for name, value in self._ending(status).items():
            setattr(job, name, value)

    def _ending(self, status: str) -> dict[str, Any]:
        moment = self.clock()
        return {
            "status": status,
            "finished_at": moment,
            "expires_at": moment + timedelta(hours=self.settings.result_hours),
            "lease_until": None,
            "stage": None,
        }

    def _update_own(self, job_id: str, attempt: int, **changes: Any) -> bool:
        with self.database.writing() as session:
            return _update_running(session, job_id, attempt, changes)


def _running(job_id: str, attempt: int) -> tuple[ColumnElement[bool], ...]:
    return (Job.id == job_id, Job.attempt == attempt, Job.status == "running")


def _update_running(
    session: Session, job_id: str, attempt: int, changes: Mapping[str, Any]
) -> bool:
    return (
        rows_touched(session.execute(update(Job).where(*_running(job_id, attempt)).values(changes)))
        == 1
    )


def _owned(session: Session, user_id: str, job_id: str, *, lock: bool = False) -> Job:
    query = select(Job).where(Job.id == job_id, Job.user_id == user_id)
    job = session.scalars(query.with_for_update() if lock else query).first()
    if job is None:
        raise JobNotFound("There is no such job.")
    return job


def _snapshot(session: Session, job: Job) -> Snapshot:
    result = session.get(Result, job.id) if job.status == "succeeded" else None
    return Snapshot(job, result, _position(session, job))


def _position(session: Session, job: Job) -> int | None:
    """1 for the job that is claimed next; None where it does not wait."""
    if job.status != "queued":
        return None
    earlier = or_(Job.priority < job.priority, and_(Job.priority == job.priority, Job.id <= job.id))
    ahead = select(func.count()).select_from(Job).where(Job.status == "queued", earlier)
    return session.scalar(ahead)


def _kind(job: Job) -> Kind:
    return "tryon" if job.kind == "tryon" else "anime"


def _input(job_id: str, role: str, blob: str, picture: Picture, expires_at: datetime) -> JobInput:
    return JobInput(
        job_id=job_id,
        role=role,
        blob=blob,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        expires_at=expires_at,
    )


def _result(job_id: str, blob: str, picture: Picture) -> Result:
    return Result(
        job_id=job_id,
        blob=blob,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.data),
        sha256=picture.sha256,
    )


def _key(user_id: str, key: str, fingerprint: str, job_id: str, made: datetime) -> IdempotencyKey:
    return IdempotencyKey(
        user_id=user_id,
        key=key,
        parameters_hash=fingerprint,
        job_id=job_id,
        expires_at=made + timedelta(hours=_KEY_HOURS),
    )


def _fingerprint(kind: Kind, parameters: Mapping[str, Any], pictures: Mapping[str, Picture]) -> str:
    """The same for the same request: its parameters, and its pictures by content."""
    hashes = {role: picture.sha256 for role, picture in pictures.items()}
    said = json.dumps([kind, dict(parameters), hashes], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
