"""What is erased, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import (
    Database,
    IdempotencyKey,
    Identification,
    RateLimit,
    Token,
    User,
)
from serve_app.errors import ResultExpired, StorageUnavailable
from serve_app.jobs import Jobs, Wishes
from tests.serve_app.conftest import BOTH, Clock, add_user
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


def test_a_job_may_ask_for_less_time_and_not_for_more(
    jobs: Jobs, blobs: FolderBlobs, clock: Clock, user: str, picture: Picture
) -> None:
    short = Wishes(input_seconds=60, result_seconds=600)
    long = Wishes(input_seconds=10**7, result_seconds=10**7)
    for wishes, inputs, result in ((short, 60, 600), (long, 86400, 259200)):
        job_id = jobs.submit(user, "anime", {}, {"image": picture}, wishes=wishes)
        succeed(jobs, claim(jobs))
        begun = clock()
        assert jobs.one(job_id).expires_at == begun + timedelta(seconds=result)
        clock.forward(seconds=inputs - 1)
        assert jobs.sweep() == 0
        clock.forward(seconds=2)
        assert jobs.sweep() == 1
        assert [blobs.read(name) for name in blobs.names()] == [RESULT.data]
        clock.time = begun + timedelta(seconds=result - 1)
        assert jobs.result(user, job_id)
        clock.forward(seconds=2)
        with pytest.raises(ResultExpired):
            jobs.result(user, job_id)
        assert jobs.sweep() == 1
        assert list(blobs.names()) == []


def test_a_picture_that_cannot_be_erased_keeps_its_row(
    jobs: Jobs,
    blobs: FolderBlobs,
    clock: Clock,
    user: str,
    picture: Picture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise nobody would know any more that it is to be erased."""
    job_id = submit(jobs, user, picture)
    succeed(jobs, claim(jobs))
    clock.forward(hours=73)

    def refuse(_name: str) -> None:
        raise StorageUnavailable("The folder is read-only.")

    with monkeypatch.context() as patch:
        patch.setattr(blobs, "delete", refuse)
        with pytest.raises(StorageUnavailable):
            jobs.sweep()
    assert len(list(blobs.names())) == 3
    assert status(jobs, user, job_id) == "succeeded"
    jobs.sweep()
    assert list(blobs.names()) == []
    assert status(jobs, user, job_id) == "expired"


def test_rows_are_forgotten_long_after_their_pictures(
    jobs: Jobs, clock: Clock, user: str, picture: Picture
) -> None:
    wishes = Wishes(webhook_url="https://shop.example/hook")
    job_id = jobs.submit(user, "anime", {}, {"image": picture}, "key", wishes)
    succeed(jobs, claim(jobs))
    clock.forward(days=3, seconds=1)
    jobs.sweep()
    clock.forward(days=89)
    jobs.sweep()
    told = [delivery.event for delivery in jobs.snapshot(user, job_id).deliveries]
    assert told == ["job.succeeded", "job.expired"]
    clock.forward(days=2)
    jobs.sweep()
    assert jobs.every() == []


def test_what_else_has_an_end(jobs: Jobs, database: Database, clock: Clock, user: str) -> None:
    """Keys, limits and tokens; with a guest's last token the guest, and nobody else."""
    known = add_user(database)
    soon, later = clock() + timedelta(hours=1), clock() + timedelta(hours=3)
    with database.writing() as session:
        session.add_all(
            [
                IdempotencyKey(user_id=known, key="a", parameters_hash="h", expires_at=soon),
                IdempotencyKey(user_id=known, key="b", parameters_hash="h", expires_at=later),
                RateLimit(bucket="a", expires_at=soon),
                RateLimit(bucket="b", expires_at=later),
                Token(hash="a", user_id=user, expires_at=soon),
                Token(hash="b", user_id=known, expires_at=soon),
                Identification(user_id=known, provider="password", subject="anna"),
            ]
        )
    assert jobs.sweep() == 0
    clock.forward(hours=2)
    assert jobs.sweep() == 4
    with database.reading() as session:
        assert session.scalars(select(IdempotencyKey.key)).all() == ["b"]
        assert session.scalars(select(RateLimit.bucket)).all() == ["b"]
        assert session.scalars(select(Token.hash)).all() == []
        assert session.scalars(select(User.id)).all() == [known]


def test_a_waiting_job_s_owner_stays(
    jobs: Jobs, database: Database, clock: Clock, user: str, picture: Picture
) -> None:
    with database.writing() as session:
        session.add(Token(hash="a", user_id=user, expires_at=clock() + timedelta(hours=1)))
    job_id = submit(jobs, user, picture)
    clock.forward(hours=2)
    assert jobs.sweep() == 1
    assert status(jobs, user, job_id) == "queued"
