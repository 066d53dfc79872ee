"""What owners see of their jobs, and strangers do not."""

from __future__ import annotations

import pytest

from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Database
from serve_app.errors import (
    JobCanceled,
    JobFinished,
    JobNotFound,
    ResultNotReady,
)
from serve_app.jobs import Jobs
from tests.serve_app.conftest import BOTH, add_user
from tests.serve_app.jobs.steps import RESULT, claim, status, submit, succeed

pytestmark = BOTH


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
        "prepared_by": {},
    }
    assert (done.timings, done.confidence, done.warnings) == (
        {"pose": 51.2},
        0.75,
        ["half-length photo"],
    )
    kept = jobs.result(user, job_id)
    assert (kept.width, kept.height, kept.sha256) == (30, 40, RESULT.sha256)
    assert blobs.read(kept.blob) == RESULT.data


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
