"""The states of a job, and who may change them."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from deployments.types import Engine
from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Database, Job, now
from serve_app.errors import (
    IdempotencyKeyReused,
    JobCanceled,
    JobFinished,
    JobNotFound,
    QueueFull,
    ResultExpired,
    ResultNotReady,
    StorageUnavailable,
)
from serve_app.jobs import ClaimedJob, Jobs
from serve_app.settings import Settings
from tests.serve_app.conftest import BOTH, Clock, add_user

pytestmark = BOTH

ENGINE = Engine("drape", "1", "Apache-2.0", True)
RESULT = Picture(b"the dressed person", "image/png", 30, 40)


def submit(jobs: Jobs, user: str, picture: Picture, key: str | None = None) -> str:
    return jobs.submit(
        user, "tryon", {"category": "auto"}, {"person": picture, "garment": picture}, key
    )


def claim(jobs: Jobs, worker: str = "runner") -> ClaimedJob:
    claimed = jobs.claim(worker, 60)
    assert claimed is not None
    return claimed


def succeed(jobs: Jobs, claimed: ClaimedJob) -> bool:
    return jobs.succeed(
        claimed.id,
        claimed.attempt,
        result=RESULT,
        engine=ENGINE,
        timings={"pose": 51.234},
        confidence=0.75,
        warnings=["half-length photo"],
    )


def status(jobs: Jobs, user: str, job_id: str) -> str:
    return jobs.snapshot(user, job_id).job.status


def test_a_job_from_request_to_result(
    jobs: Jobs, blobs: FolderBlobs, user: str, picture: Picture
) -> None:
    job_id = submit(jobs, user, picture)
    assert status(jobs, user, job_id) == "queued"
    with pytest.raises(ResultNotReady):
        jobs.result(user, job_id)

    claimed = claim(jobs)
    assert (claimed.id, claimed.kind, claimed.attempt) == (job_id, "tryon", 1)
    assert claimed.parameters == {"category": "auto"}
    assert {role: blobs.read(name) for role, name in claimed.inputs.items()} == {
        "person": picture.data,
        "garment": picture.data,
    }
    assert jobs.report(job_id, 1, "drape", 0.5)
    running = jobs.snapshot(user, job_id).job
    assert (running.status, running.stage, running.progress) == ("running", "drape", 0.5)

    assert succeed(jobs, claimed)
    done = jobs.snapshot(user, job_id).job
    assert (done.status, done.progress, done.stage) == ("succeeded", 1.0, None)
    assert done.engine == {
        "name": "drape",
        "version": "1",
        "licence": "Apache-2.0",
        "commercial_use": True,
    }
    assert (done.timings, done.confidence, done.warnings) == (
        {"pose": 51.2},
        0.75,
        ["half-length photo"],
    )
    kept = jobs.result(user, job_id)
    assert (kept.width, kept.height, kept.sha256) == (30, 40, RESULT.sha256)
    assert blobs.read(kept.blob) == RESULT.data


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


def test_cancel(jobs: Jobs, user: str, picture: Picture) -> None:
    waiting = submit(jobs, user, picture)
    assert jobs.cancel(user, waiting).job.status == "canceled"
    assert jobs.claim("runner", 60) is None

    working = submit(jobs, user, picture)
    claimed = claim(jobs)
    jobs.cancel(user, working)
    assert not jobs.renew(working, claimed.attempt), "the runner was not told"
    assert not succeed(jobs, claimed)
    assert jobs.cancel(user, working).job.status == "canceled"
    with pytest.raises(JobCanceled):
        jobs.result(user, working)

    done = submit(jobs, user, picture)
    succeed(jobs, claim(jobs))
    with pytest.raises(JobFinished):
        jobs.cancel(user, done)


def test_delete_leaves_no_byte(jobs: Jobs, blobs: FolderBlobs, user: str, picture: Picture) -> None:
    job_id = submit(jobs, user, picture, "a key")
    succeed(jobs, claim(jobs))
    assert len(list(blobs.names())) == 3
    jobs.delete(user, job_id)
    assert list(blobs.names()) == []
    with pytest.raises(JobNotFound):
        jobs.snapshot(user, job_id)
    assert submit(jobs, user, picture, "a key") != job_id


def test_deleting_a_running_job_stops_its_commit(
    jobs: Jobs, blobs: FolderBlobs, user: str, picture: Picture
) -> None:
    job_id = submit(jobs, user, picture)
    claimed = claim(jobs)
    jobs.delete(user, job_id)
    assert not succeed(jobs, claimed)
    assert list(blobs.names()) == []


def test_strangers_see_nothing(jobs: Jobs, database: Database, user: str, picture: Picture) -> None:
    job_id = submit(jobs, user, picture)
    stranger = add_user(database)
    for act in (jobs.snapshot, jobs.result, jobs.cancel, jobs.delete):
        with pytest.raises(JobNotFound):
            act(stranger, job_id)
    assert jobs.history(stranger) == []
    assert status(jobs, user, job_id) == "queued"


def test_history_pages_backwards(jobs: Jobs, user: str, picture: Picture) -> None:
    made = sorted((submit(jobs, user, picture) for _ in range(5)), reverse=True)
    first = jobs.history(user, limit=3)
    rest = jobs.history(user, before=first[-1].job.id, limit=3)
    assert [one.job.id for one in first + rest] == made


def test_inputs_and_results_expire(
    jobs: Jobs, blobs: FolderBlobs, clock: Clock, user: str, picture: Picture
) -> None:
    job_id = submit(jobs, user, picture)
    clock.forward(hours=1)
    succeed(jobs, claim(jobs))
    clock.forward(hours=23, seconds=1)
    assert jobs.sweep() == 2, "the two inputs are past their 24 hours"
    assert [blobs.read(name) for name in blobs.names()] == [RESULT.data]
    clock.forward(hours=49)
    with pytest.raises(ResultExpired):
        jobs.result(user, job_id)
    jobs.sweep()
    assert list(blobs.names()) == []
    assert status(jobs, user, job_id) == "expired"
    with pytest.raises(ResultExpired):
        jobs.result(user, job_id)
    assert jobs.sweep() == 0


def test_a_job_that_nobody_takes_expires_with_its_pictures(
    jobs: Jobs, blobs: FolderBlobs, clock: Clock, user: str, picture: Picture
) -> None:
    job_id = submit(jobs, user, picture)
    clock.forward(hours=25)
    jobs.sweep()
    assert status(jobs, user, job_id) == "expired"
    assert list(blobs.names()) == []
    assert jobs.claim("runner", 60) is None


def test_a_key_makes_one_job(
    jobs: Jobs, blobs: FolderBlobs, clock: Clock, user: str, picture: Picture
) -> None:
    job_id = submit(jobs, user, picture, "key")
    assert submit(jobs, user, picture, "key") == job_id
    assert len(list(blobs.names())) == 2, "the repeat stored its pictures again"
    other = Picture(b"another picture", "image/png", 4, 3)
    with pytest.raises(IdempotencyKeyReused):
        submit(jobs, user, other, "key")
    clock.forward(hours=24, seconds=1)
    assert submit(jobs, user, other, "key") != job_id


def test_a_key_is_its_owner_s_alone(
    jobs: Jobs, database: Database, user: str, picture: Picture
) -> None:
    stranger = add_user(database)
    assert submit(jobs, user, picture, "key") != submit(jobs, stranger, picture, "key")


def test_the_same_request_at_the_same_moment_makes_one_job(
    jobs: Jobs, blobs: FolderBlobs, user: str, picture: Picture
) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: submit(jobs, user, picture, "key"), range(24)))
    assert len(made) == 1
    assert len(jobs.history(user)) == 1
    assert len(list(blobs.names())) == 2


def test_a_full_queue_refuses(
    database: Database, blobs: FolderBlobs, settings: Settings, user: str, picture: Picture
) -> None:
    jobs = Jobs(database, blobs, settings.model_copy(update={"queue_limit": 2}))
    submit(jobs, user, picture)
    submit(jobs, user, picture)
    with pytest.raises(QueueFull):
        submit(jobs, user, picture)
    assert len(list(blobs.names())) == 4
    claim(jobs)
    submit(jobs, user, picture)


def test_when_the_pictures_cannot_be_stored_there_is_no_job(
    jobs: Jobs, blobs: FolderBlobs, user: str, picture: Picture
) -> None:
    blobs.folder.write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageUnavailable):
        submit(jobs, user, picture)
    assert jobs.history(user) == []


def test_orphans_are_erased_and_nothing_else(
    jobs: Jobs, blobs: FolderBlobs, user: str, picture: Picture
) -> None:
    submit(jobs, user, picture)
    succeed(jobs, claim(jobs))
    known = set(blobs.names())
    blobs.write(b"left by a process that died")
    assert jobs.retention.erase_orphans() == 0, "it may belong to a request that is under way"
    assert jobs.retention.erase_orphans(older_than_seconds=-1) == 1
    assert set(blobs.names()) == known


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
