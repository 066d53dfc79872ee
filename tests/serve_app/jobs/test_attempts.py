"""What runners may do, and when what they say counts."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Database, Job, now
from serve_app.jobs import Jobs
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


def _claim_all(settings: Settings, worker: str, threads: int) -> list[str]:
    """Runs in a process of its own, with that many threads side by side."""
    database = Database(settings.database)
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


def test_processes_and_threads_never_claim_a_job_twice(
    database: Database, settings: Settings, user: str
) -> None:
    waiting = [Job(user_id=user, kind="anime", expires_at=now()) for _ in range(500)]
    with database.writing() as session:
        session.add_all(waiting)
    made = {job.id for job in waiting}
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        tasks = [pool.apply_async(_claim_all, (settings, f"p{n}", 2)) for n in range(2)]
        claimed = Counter(job for task in tasks for job in task.get(timeout=60))
    assert set(claimed) == made
    assert set(claimed.values()) == {1}
