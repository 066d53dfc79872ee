"""What runners may do, and when what they say counts."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Database, Job, now
from serve_app.errors import StorageUnavailable, body_of
from serve_app.jobs import Jobs, Wishes
from serve_app.settings import Settings
from tests.serve_app.conftest import BOTH, Clock
from tests.serve_app.jobs.steps import claim, status, submit, succeed

pytestmark = BOTH


def test_nothing_waits_in_an_empty_queue(jobs: Jobs) -> None:
    assert jobs.claim("runner", 60) is None


def test_the_oldest_goes_first_unless_another_has_priority(
    jobs: Jobs, database: Database, user: str, picture: Picture
) -> None:
    first, second, third = (submit(jobs, user, picture) for _ in range(3))
    assert sorted(jobs.snapshot(user, job).position or 0 for job in (first, second, third)) == [
        1,
        2,
        3,
    ]
    with database.writing() as session:
        job = session.get(Job, third)
        assert job is not None
        job.priority = -1
    assert jobs.snapshot(user, third).position == 1
    assert claim(jobs).id == third
    assert {claim(jobs).id, claim(jobs).id} == {first, second}


def test_a_lost_lease_puts_the_job_back_and_shuts_the_loser_out(
    jobs: Jobs, blobs: FolderBlobs, clock: Clock, user: str, picture: Picture
) -> None:
    job_id = submit(jobs, user, picture)
    slow = claim(jobs, "slow")
    clock.forward(seconds=59)
    assert jobs.sweep() == 0
    clock.forward(seconds=2)
    assert jobs.sweep() == 1
    fresh = claim(jobs, "fresh")
    assert (fresh.id, fresh.attempt) == (job_id, 2)

    before = set(blobs.names())
    assert not succeed(jobs, slow)
    assert not jobs.renew(job_id, slow.attempt)
    assert not jobs.report(job_id, slow.attempt, "drape", 0.9)
    assert not jobs.fail(job_id, slow.attempt, "PersonNotFound", "none")
    assert not jobs.put_back(job_id, slow.attempt)
    assert set(blobs.names()) == before, "the loser's picture stayed behind"
    assert jobs.snapshot(user, job_id).job.worker == "fresh"
    assert succeed(jobs, fresh)
    assert not succeed(jobs, fresh), "a result was committed twice"


def test_signs_of_life_keep_the_lease(
    jobs: Jobs, clock: Clock, user: str, picture: Picture
) -> None:
    submit(jobs, user, picture)
    claimed = claim(jobs)
    for _ in range(3):
        clock.forward(seconds=50)
        assert jobs.renew(claimed.id, 1)
        clock.forward(seconds=50)
        assert jobs.report(claimed.id, 1, "pose", 0.1)
        assert jobs.sweep() == 0


@pytest.mark.parametrize("how", ["lease", "put_back"])
def test_after_three_attempts_the_worker_is_lost(
    jobs: Jobs, clock: Clock, user: str, picture: Picture, how: str
) -> None:
    job_id = submit(jobs, user, picture)
    for attempt in (1, 2, 3):
        assert status(jobs, user, job_id) == "queued"
        assert claim(jobs).attempt == attempt
        if how == "lease":
            clock.forward(seconds=61)
            jobs.sweep()
        else:
            assert jobs.put_back(job_id, attempt)
    job = jobs.snapshot(user, job_id).job
    assert (job.status, job.error_name) == ("failed", "WorkerLost")
    assert job.error_hint
    assert jobs.claim("runner", 60) is None


def test_a_fault_that_stays_keeps_its_name(jobs: Jobs, user: str, picture: Picture) -> None:
    """A disk that is full is not a runner that died."""
    job_id = submit(jobs, user, picture)
    for attempt in (1, 2, 3):
        assert claim(jobs).attempt == attempt
        fault = body_of(StorageUnavailable("The disk is full.", "Make room."))
        assert jobs.put_back(job_id, attempt, fault)
    job = jobs.snapshot(user, job_id).job
    assert (job.status, job.error_name, job.error_message, job.error_hint) == (
        "failed",
        "StorageUnavailable",
        "The disk is full.",
        "Make room.",
    )


def test_the_stages_of_an_attempt(jobs: Jobs, clock: Clock, user: str, picture: Picture) -> None:
    job_id = submit(jobs, user, picture)
    claim(jobs)
    began = clock()
    for stage, progress in (("pose", 0.0), ("parsing", 0.25), ("pose", 0.5), ("drape", 7.0)):
        assert jobs.report(job_id, 1, stage, progress)
        clock.forward(seconds=1)
    job = jobs.one(job_id)
    assert (job.stage, job.progress) == ("drape", 1.0)
    assert job.stages is not None
    assert [(stage["stage"], stage["progress"]) for stage in job.stages] == [
        ("parsing", 0.25),
        ("pose", 0.5),
        ("drape", 1.0),
    ]
    assert datetime.fromisoformat(job.stages[1]["at"]) == began + timedelta(seconds=2)
    assert jobs.put_back(job_id, 1)
    assert jobs.one(job_id).stages is None


@pytest.mark.parametrize("end", ["succeeded", "failed", "canceled", "lost", "expired"])
def test_every_end_is_put_down_to_be_told_once(
    jobs: Jobs, database: Database, clock: Clock, user: str, picture: Picture, end: str
) -> None:
    """In the transaction that ends the job, so that none is forgotten."""
    wishes = Wishes(webhook_url="https://shop.example/hook")
    job_id = jobs.submit(user, "anime", {}, {"image": picture}, wishes=wishes)
    if end == "canceled":
        jobs.cancel(user, job_id)
        jobs.cancel(user, job_id)
    elif end == "expired":
        clock.forward(hours=25)
        jobs.sweep()
    else:
        claimed = claim(jobs)
        if end == "succeeded":
            assert succeed(jobs, claimed)
            assert not succeed(jobs, claimed)
        elif end == "failed":
            assert jobs.fail(job_id, 1, "PersonNotFound", "No person.")
        else:
            for attempt in (1, 2, 3):
                assert jobs.put_back(job_id, attempt)
                jobs.claim("next", 60)
    status = "failed" if end == "lost" else end
    (told,) = jobs.snapshot(user, job_id).deliveries
    assert (told.event, told.state, told.attempt) == (f"job.{status}", "pending", 0)
    assert told.next_attempt_at == clock()


def test_a_failed_job_keeps_its_error(jobs: Jobs, user: str, picture: Picture) -> None:
    job_id = submit(jobs, user, picture)
    assert jobs.fail(job_id, claim(jobs).attempt, "PersonNotFound", "No person.", "Step back.")
    job = jobs.snapshot(user, job_id).job
    assert (job.status, job.error_name, job.error_message, job.error_hint) == (
        "failed",
        "PersonNotFound",
        "No person.",
        "Step back.",
    )


def _flush_never(connection: Any, _record: object) -> None:
    """No power is cut in this test, and a disk's flushes would be most of its time."""
    connection.execute("PRAGMA synchronous=OFF")


def _claim_all(settings: Settings, worker: str, threads: int) -> list[str]:
    """Runs in a process of its own, with that many threads side by side."""
    database = Database(settings.database)
    if database.engine.dialect.name == "sqlite":
        event.listen(database.engine, "connect", _flush_never)
    jobs = Jobs(database, FolderBlobs(settings.pictures), settings)

    def until_empty(number: int) -> list[str]:
        found = []
        while claimed := jobs.claim(f"{worker}.{number}", 60):
            found.append(claimed.id)
        return found

    with ThreadPoolExecutor(threads) as pool:
        claimed = [job for jobs in pool.map(until_empty, range(threads)) for job in jobs]
    database.close()
    return claimed


@pytest.mark.slow
def test_runners_that_claim_together_never_claim_a_job_twice(
    database: Database, settings: Settings, user: str
) -> None:
    """Two processes with two threads each, on five thousand jobs."""
    with database.writing() as session:
        waiting = [{"user_id": user, "kind": "anime", "expires_at": now()} for _ in range(5000)]
        session.execute(insert(Job), waiting)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        tasks = [pool.apply_async(_claim_all, (settings, f"p{n}", 2)) for n in range(2)]
        claimed = Counter(job for task in tasks for job in task.get(timeout=900))
    with database.reading() as session:
        made = set(session.scalars(select(Job.id)))
        attempts = set(session.scalars(select(Job.attempt)))
    assert len(made) == 5000
    assert set(claimed) == made
    assert set(claimed.values()) == {1}
    assert attempts == {1}
