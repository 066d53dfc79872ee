"""What an operator may do with everybody's jobs."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Database, IdempotencyKey, Job, JobInput, Result
from serve_app.errors import InputsErased, JobFinished, JobNotFound
from serve_app.jobs import Jobs
from tests.serve_app.conftest import BOTH, Clock, add_user
from tests.serve_app.jobs.steps import claim, status, submit, succeed

pytestmark = BOTH


def fail(jobs: Jobs) -> str:
    claimed = claim(jobs)
    assert jobs.fail(claimed.id, claimed.attempt, "PersonNotFound", "No person.")
    return claimed.id


def test_jobs_are_listed_newest_first(jobs: Jobs, database: Database, picture: Picture) -> None:
    one, two = add_user(database), add_user(database)
    first = submit(jobs, one, picture)
    second = submit(jobs, two, picture)
    third = submit(jobs, one, picture)
    failed = fail(jobs)
    assert failed == first
    assert {job.id for job in jobs.every()} == {first, second, third}
    assert [job.id for job in jobs.every()] == sorted((first, second, third), reverse=True)
    assert [job.id for job in jobs.every(status="failed")] == [first]
    assert {job.id for job in jobs.every(user_id=one)} == {first, third}
    assert len(jobs.every(limit=2)) == 2


def test_a_failed_job_is_started_again_with_all_attempts(
    jobs: Jobs, user: str, picture: Picture
) -> None:
    job_id = submit(jobs, user, picture)
    for _ in range(3):
        lost = claim(jobs)
        assert jobs.put_back(lost.id, lost.attempt)
    assert status(jobs, user, job_id) == "failed"
    jobs.requeue(job_id)
    again = jobs.one(job_id)
    assert (again.status, again.error_name, again.finished_at) == ("queued", None, None)
    for attempt in (4, 5, 6):
        lost = claim(jobs)
        assert lost.attempt == attempt, "an earlier runner could commit under its old number"
        assert jobs.put_back(job_id, attempt)
    assert status(jobs, user, job_id) == "failed"
    jobs.requeue(job_id)
    assert succeed(jobs, claim(jobs))


def test_what_cannot_be_started_again(
    jobs: Jobs, clock: Clock, user: str, picture: Picture
) -> None:
    with pytest.raises(JobNotFound):
        jobs.requeue("nothing")
    running = submit(jobs, user, picture)
    claimed = claim(jobs)
    jobs.requeue(running)
    assert (jobs.one(running).status, jobs.one(running).attempt) == ("running", 1)
    succeed(jobs, claimed)
    with pytest.raises(JobFinished):
        jobs.requeue(running)
    late = submit(jobs, user, picture)
    fail(jobs)
    clock.forward(hours=25)
    with pytest.raises(InputsErased):
        jobs.requeue(late)
    jobs.sweep()
    with pytest.raises(InputsErased):
        jobs.requeue(late)


def test_purging_leaves_no_byte(
    jobs: Jobs, blobs: FolderBlobs, database: Database, clock: Clock, user: str, picture: Picture
) -> None:
    old = submit(jobs, user, picture, "key")
    succeed(jobs, claim(jobs))
    clock.forward(days=2)
    young = submit(jobs, user, picture)
    succeed(jobs, claim(jobs))
    waiting = submit(jobs, user, picture)
    assert jobs.purge(days=3) == 0
    assert jobs.purge(days=1, status="failed") == 0
    assert jobs.purge(days=1, user_id="somebody else") == 0
    assert jobs.purge(days=1) == 1
    with pytest.raises(JobNotFound):
        jobs.one(old)
    assert len(list(blobs.names())) == 5
    assert jobs.purge(days=0) == 1
    assert {job.id for job in jobs.every()} == {waiting}
    with database.reading() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (Job, JobInput, Result, IdempotencyKey)
        ]
    assert counts == [1, 2, 0, 0]
    assert len(list(blobs.names())) == 2
    assert young != waiting
