"""What is erased, and when."""

from __future__ import annotations

import pytest

from serve_app.blobs import FolderBlobs, Picture
from serve_app.errors import (
    ResultExpired,
)
from serve_app.jobs import Jobs
from tests.serve_app.conftest import BOTH, Clock
from tests.serve_app.jobs.steps import RESULT, claim, status, submit, succeed

pytestmark = BOTH


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
