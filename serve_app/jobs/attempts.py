"""What runners do: claim a job, give signs of life, commit what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deployments.types import Engine
from serve_app.blobs import Picture
from serve_app.database import Job, Panel, Result, retried, rows_touched
from serve_app.errors import ErrorBody, WorkerLost
from serve_app.jobs.desk import ClaimedJob, Desk, Kind
from serve_app.jobs.line import next_in_line
from serve_app.rows import input_blobs

_BATCH = 200
_MOST_STAGES = 64


class Attempts(Desk):
    """Every change but a claim counts only while the job is running under the attempt's number."""

    @retried
    def claim(self, worker: str, lease_seconds: float) -> ClaimedJob | None:
        """The next job, which is this worker's for that many seconds. None where none waits."""
        with self.database.writing() as session:
            job = session.scalars(next_in_line()).first()
            if job is None:
                return None
            self._start(job, worker, lease_seconds)
            return ClaimedJob(
                job.id, _kind(job), job.attempt, job.parameters, input_blobs(session, job.id)
            )

    @retried
    def renew(self, job_id: str, attempt: int, lease_seconds: float | None = None) -> bool:
        """A sign of life. False: the job is canceled, deleted or another's, so stop."""
        mine = (Job.id == job_id, Job.attempt == attempt, Job.status == "running")
        renewal = update(Job).where(*mine).values(lease_until=self._lease(lease_seconds))
        with self.database.writing() as session:
            return rows_touched(session.execute(renewal)) == 1

    @retried
    def report(self, job_id: str, attempt: int, stage: str, progress: float) -> bool:
        """What the runner is at, and the share that is done (0 to 1). A sign of life as well."""
        with self.database.writing() as session:
            job = _mine(session, job_id, attempt)
            if job:
                job.stage = stage[:64]
                job.progress = min(max(progress, 0.0), 1.0)
                job.lease_until = self._lease(None)
                job.stages = self._come_through(job)
            return job is not None

    def succeed(
        self,
        job_id: str,
        attempt: int,
        *,
        result: Picture,
        engine: Engine,
        timings: Mapping[str, float],
        confidence: float | None = None,
        category: str | None = None,
        warnings: Sequence[str] = (),
        panel: Picture | None = None,
    ) -> bool:
        """Commit the result. False: the job is not this attempt's any more, and nothing is kept."""
        told = {
            "engine": asdict(engine),
            "timings": {stage: round(ms, 1) for stage, ms in timings.items()},
            "confidence": confidence,
            "category": category,
            "warnings": list(warnings),
            "progress": 1.0,
        }
        with self.stored([result, *([panel] if panel else [])]) as names:
            rows: list[Result | Panel] = [result_row(job_id, names[0], result)]
            if panel:
                rows.append(Panel(job_id=job_id, blob=names[1], media_type=panel.media_type))
            kept = self._commit(job_id, attempt, told, rows)
            if not kept:
                self.erase(names)
            return kept

    @retried
    def fail(self, job_id: str, attempt: int, name: str, message: str, hint: str = "") -> bool:
        """End the job with a named error. False: it is not this attempt's any more."""
        with self.database.writing() as session:
            job = _mine(session, job_id, attempt)
            if job:
                self._fail(session, job, {"name": name, "message": message, "hint": hint})
            return job is not None

    @retried
    def put_back(self, job_id: str, attempt: int, fault: ErrorBody | None = None) -> bool:
        """Let another try: the worker stops, a model died under it, or storage is away.

        After the last attempt the job fails by the name of the fault, or else as WorkerLost. False:
        it was not this attempt's.
        """
        with self.database.writing() as session:
            job = _mine(session, job_id, attempt)
            if job:
                self._requeue(session, job, fault)
            return job is not None

    @retried
    def take_back(self) -> int:
        """Put the jobs of lost runners back. Returns how many there were."""
        lost = (
            select(Job)
            .where(Job.status == "running", Job.lease_until < self.clock())
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        with self.database.writing() as session:
            jobs = session.scalars(lost).all()
            for job in jobs:
                self._requeue(session, job, None)
            return len(jobs)

    @retried
    def _commit(
        self, job_id: str, attempt: int, told: Mapping[str, Any], kept: Sequence[Result | Panel]
    ) -> bool:
        with self.database.writing() as session:
            job = _mine(session, job_id, attempt)
            if job:
                for name, value in told.items():
                    setattr(job, name, value)
                self.end(session, job, "succeeded")
                session.add_all(kept)
            return job is not None

    def _start(self, job: Job, worker: str, lease_seconds: float) -> None:
        job.status = "running"
        job.attempt += 1
        job.worker = worker[:128]
        job.lease_until = self._lease(lease_seconds)
        job.started_at = self.clock()
        job.stage, job.stages, job.progress = None, None, 0.0

    def _lease(self, seconds: float | None) -> datetime:
        return self.clock() + timedelta(seconds=seconds or self.settings.lease_seconds)

    def _come_through(self, job: Job) -> list[dict[str, Any]]:
        """The stages of this attempt with the one that it is at; that one's latest report."""
        before = [stage for stage in job.stages or [] if stage["stage"] != job.stage]
        at = {"stage": job.stage, "progress": job.progress, "at": self.clock().isoformat()}
        return [*before, at][-_MOST_STAGES:]

    def _requeue(self, session: Session, job: Job, fault: ErrorBody | None) -> None:
        if job.attempt - job.forgiven >= self.settings.attempts:
            self._fail(session, job, fault or _lost(job))
            return
        job.status, job.lease_until, job.worker = "queued", None, None
        job.stage, job.stages, job.progress = None, None, 0.0

    def _fail(self, session: Session, job: Job, error: ErrorBody) -> None:
        job.error_name = error["name"][:64]
        job.error_message, job.error_hint = error["message"], error["hint"]
        self.end(session, job, "failed")


def _mine(session: Session, job_id: str, attempt: int) -> Job | None:
    """The job, locked, as long as it is still that attempt's."""
    mine = (Job.id == job_id, Job.attempt == attempt, Job.status == "running")
    return session.scalars(select(Job).where(*mine).with_for_update()).first()


def _lost(job: Job) -> ErrorBody:
    lost = WorkerLost(f"The job was started {job.attempt - job.forgiven} times and never ended.")
    return {"name": "WorkerLost", "message": lost.message, "hint": lost.hint}


def _kind(job: Job) -> Kind:
    return "tryon" if job.kind == "tryon" else "anime"


def result_row(job_id: str, blob: str, picture: Picture) -> Result:
    """The row of a picture that is stored as `blob`."""
    return Result(
        job_id=job_id,
        blob=blob,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.data),
        sha256=picture.sha256,
    )
