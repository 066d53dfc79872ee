"""A job comes in: once, whole, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Database
from serve_app.errors import (
    IdempotencyKeyReused,
    QueueFull,
    StorageUnavailable,
)
from serve_app.jobs import Jobs
from serve_app.settings import Settings
from tests.serve_app.conftest import BOTH, Clock, add_user
from tests.serve_app.jobs.steps import claim, submit

pytestmark = BOTH


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
