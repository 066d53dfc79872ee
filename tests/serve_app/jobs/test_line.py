"""Who is next: by priority, then round by round, one job of each user in each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Database, Job
from serve_app.errors import QueueFull
from serve_app.jobs import Jobs, Wishes
from serve_app.settings import Settings
from tests.serve_app.conftest import BOTH, add_user
from tests.serve_app.jobs.steps import claim, succeed

pytestmark = BOTH


def add(jobs: Jobs, user: str, count: int = 1, priority: int = 0) -> list[str]:
    """Jobs of one user, without pictures."""
    wishes = Wishes(priority=priority)
    return [jobs.submit(user, "anime", {}, {}, wishes=wishes) for _ in range(count)]


def owners(jobs: Jobs, count: int) -> list[str]:
    """Whose the next jobs are."""
    return [jobs.one(claim(jobs).id).user_id for _ in range(count)]


def test_five_hundred_jobs_of_one_user_do_not_keep_another_waiting(
    jobs: Jobs, database: Database
) -> None:
    many, few = add_user(database), add_user(database)
    with database.writing() as session:  # as many submissions would leave them
        session.add_all(
            Job(user_id=many, kind="anime", turn=turn, expires_at=jobs.clock().replace(year=2999))
            for turn in range(500)
        )
    owners(jobs, 20)
    mine = add(jobs, few, 3)
    assert [jobs.snapshot(few, job).position for job in mine] == [2, 4, 6]
    assert owners(jobs, 6) == [many, few] * 3


def test_users_take_turns(jobs: Jobs, database: Database) -> None:
    one, two, three = (add_user(database) for _ in range(3))
    add(jobs, one, 3)
    add(jobs, two, 3)
    add(jobs, three, 1)
    assert owners(jobs, 7) == [one, two, three, one, two, one, two]


def test_who_comes_late_is_not_sent_back_for_what_was_done_before(
    jobs: Jobs, database: Database
) -> None:
    """Work of the past is not held against anybody, nor is a new user let in before all others."""
    regular, other = add_user(database), add_user(database)
    add(jobs, regular, 10)
    for _ in range(10):
        succeed(jobs, claim(jobs))
    add(jobs, other, 2)
    add(jobs, regular, 2)
    assert owners(jobs, 4) == [other, regular, other, regular]


def test_jobs_submitted_at_the_same_moment_get_a_round_each(jobs: Jobs, database: Database) -> None:
    user = add_user(database)
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: add(jobs, user)[0], range(24)))
    assert sorted(jobs.one(job_id).turn for job_id in ids) == list(range(24))


def test_priority_goes_before_turns(jobs: Jobs, database: Database) -> None:
    one, two = add_user(database), add_user(database)
    add(jobs, one, 2)
    (urgent,) = add(jobs, two, 1, priority=-1)
    (later,) = add(jobs, two, 1, priority=5)
    assert jobs.snapshot(two, urgent).position == 1
    assert jobs.snapshot(two, later).position == 4
    assert owners(jobs, 4) == [two, one, one, two]
    assert jobs.one(later).turn == 0, "each priority has a line of its own"


def test_a_job_that_goes_back_keeps_its_place(jobs: Jobs, database: Database) -> None:
    one, two = add_user(database), add_user(database)
    first, _ = add(jobs, one, 2)
    add(jobs, two, 2)
    claimed = claim(jobs)
    assert claimed.id == first
    assert jobs.put_back(claimed.id, claimed.attempt)
    assert jobs.snapshot(one, first).position == 1


def test_positions_count_up(jobs: Jobs, database: Database) -> None:
    users = [add_user(database) for _ in range(3)]
    ids = [(user, job) for user in users for job in add(jobs, user, 3)]
    places = [jobs.snapshot(user, job).position for user, job in ids]
    assert sorted(place or 0 for place in places) == list(range(1, 10))
    order = [job for _, (_, job) in sorted(zip(places, ids, strict=True))]
    assert [claim(jobs).id for _ in ids] == order


def test_one_user_fills_a_share_of_the_queue_alone(
    database: Database, blobs: FolderBlobs, settings: Settings
) -> None:
    limits = {"queue_limit": 5, "user_queue_limit": 3}
    jobs = Jobs(database, blobs, settings.model_copy(update=limits))
    greedy, modest, late = (add_user(database) for _ in range(3))
    add(jobs, greedy, 3)
    with pytest.raises(QueueFull, match="yours"):
        add(jobs, greedy)
    add(jobs, modest, 2)
    with pytest.raises(QueueFull, match="5 jobs are waiting"):
        add(jobs, late)


def test_a_picture_is_not_stored_for_a_queue_that_is_full(
    database: Database, blobs: FolderBlobs, settings: Settings, picture: Picture
) -> None:
    jobs = Jobs(database, blobs, settings.model_copy(update={"user_queue_limit": 1}))
    user = add_user(database)
    add(jobs, user)
    with pytest.raises(QueueFull):
        jobs.submit(user, "anime", {}, {"image": picture})
    assert list(blobs.names()) == []
