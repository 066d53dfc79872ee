"""A runner with a real job table: what it commits, and what it lets go."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from ray.exceptions import ActorDiedError
from ray.serve.exceptions import BackPressureError

from deployments.types import Engine, Image, Outcome, PersonNotFound, Report
from serve_app import runner
from serve_app.blobs import FolderBlobs
from serve_app.database import Database
from serve_app.database import Job as Row
from serve_app.errors import DatabaseUnavailable, StorageUnavailable
from serve_app.intake import decode, pack
from serve_app.jobs import Jobs
from serve_app.runner import Claims
from serve_app.settings import Settings
from tests.serve_app.conftest import BOTH, add_user

pytestmark = BOTH

ENGINE = Engine("fake", "1", "Apache-2.0", commercial_use=True)


def image(value: int) -> Image:
    return np.full((6, 4, 3), value, np.uint8)


async def inverse(
    pictures: Mapping[str, Image], parameters: Mapping[str, Any], report: Report
) -> Outcome:
    await report("draw", 0.5)
    return Outcome(255 - pictures["image"], ENGINE, {"draw": 12.34}, 0.5, ("half-length photo",))


class Bench:
    """A data folder, one user, and runners on it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database)
        self.jobs = Jobs(self.database, FolderBlobs(settings.pictures), settings)
        self.user = add_user(self.database)

    def submit(self, value: int = 55) -> str:
        return self.jobs.submit(self.user, "anime", {"style": "cel"}, {"image": pack(image(value))})

    def row(self, job_id: str) -> Row:
        return self.jobs.snapshot(self.user, job_id).job

    async def until(self, job_id: str, *statuses: str, seconds: float = 20) -> Row:
        deadline = time.monotonic() + seconds
        while (row := self.row(job_id)).status not in statuses:
            assert time.monotonic() < deadline, f"still {row.status}"
            await asyncio.sleep(0.01)
        return row

    def claims(self, work: Any) -> Claims:
        return Claims(self.jobs, {"anime": work}, self.settings)

    @asynccontextmanager
    async def running(self, work: Any) -> AsyncIterator[Claims]:
        claims = self.claims(work)
        claims.start()
        try:
            yield claims
        finally:
            claims.stop()
            await asyncio.sleep(0)


@pytest.fixture
def bench(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(runner, "_PAUSE_SECONDS", 0.02)
    quick = {"poll_seconds": 0.05, "lease_seconds": 1.5, "sweep_seconds": 0.1}
    return Bench(settings.model_copy(update=quick))


async def test_a_job_is_done_and_told_of(bench: Bench) -> None:
    job_id = bench.submit()
    async with bench.running(inverse):
        row = await bench.until(job_id, "succeeded", "failed")
    assert (row.status, row.attempt, row.progress) == ("succeeded", 1, 1.0)
    assert row.engine is not None
    assert row.engine["name"] == "fake"
    assert (row.timings, row.confidence, row.warnings) == (
        {"draw": 12.3},
        0.5,
        ["half-length photo"],
    )
    result = bench.jobs.result(bench.user, job_id)
    assert (result.width, result.height, result.media_type) == (4, 6, "image/png")
    kept = np.asarray(_decoded(bench.jobs.blobs.read(result.blob)))
    assert (kept == 200).all()


def _decoded(data: bytes) -> Image:
    from serve_app.intake import Limits

    return decode(data, Limits(10**6, 10**6, 10**4, 1, 100.0))


async def test_being_woken_is_quicker_than_looking(bench: Bench) -> None:
    bench.settings = bench.settings.model_copy(update={"poll_seconds": 30})
    async with bench.running(inverse) as claims:
        await asyncio.sleep(0.2)
        job_id = bench.submit()
        claims.wake()
        await bench.until(job_id, "succeeded", seconds=10)


async def test_so_many_jobs_at_once_and_no_more(bench: Bench) -> None:
    inside: list[int] = [0, 0]

    async def slow(*given: Any) -> Outcome:
        inside[0] += 1
        inside[1] = max(inside)
        await asyncio.sleep(0.1)
        inside[0] -= 1
        return await inverse(*given)

    ids = [bench.submit(value) for value in range(5)]
    async with bench.running(slow):
        for job_id in ids:
            await bench.until(job_id, "succeeded")
    assert inside[1] == bench.settings.runner_concurrency == 2


@pytest.mark.parametrize(
    ("error", "name", "hint"),
    [
        (PersonNotFound("nobody is there", "send another"), "PersonNotFound", "send another"),
        (ValueError("secret path"), "InternalError", "log of the service"),
    ],
)
async def test_an_error_ends_the_job(bench: Bench, error: Exception, name: str, hint: str) -> None:
    async def broken(*_given: Any) -> Outcome:
        raise error

    job_id = bench.submit()
    async with bench.running(broken):
        row = await bench.until(job_id, "succeeded", "failed")
    assert (row.status, row.error_name, row.attempt) == ("failed", name, 1)
    assert hint in (row.error_hint or "")
    assert "secret" not in (row.error_message or "")


@pytest.mark.parametrize(
    "fault",
    [
        ActorDiedError(),
        BackPressureError(num_queued_requests=2, max_queued_requests=1),
        DatabaseUnavailable("away"),
    ],
)
async def test_a_fault_of_the_cluster_sends_the_job_back(bench: Bench, fault: Exception) -> None:
    faults = [fault]

    async def unlucky(*given: Any) -> Outcome:
        if faults:
            raise faults.pop()
        return await inverse(*given)

    job_id = bench.submit()
    async with bench.running(unlucky):
        row = await bench.until(job_id, "succeeded", "failed")
    assert (row.status, row.attempt) == ("succeeded", 2)


async def test_after_three_attempts_it_is_enough(bench: Bench) -> None:
    async def doomed(*_given: Any) -> Outcome:
        raise ActorDiedError

    job_id = bench.submit()
    async with bench.running(doomed):
        row = await bench.until(job_id, "succeeded", "failed")
    assert (row.status, row.error_name, row.attempt) == ("failed", "WorkerLost", 3)


async def test_a_full_disk_sends_the_job_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When there is room again it is done, and nothing half stays behind."""
    write = bench.jobs.blobs.write
    full = [True]

    def moody(data: bytes) -> str:
        if full.pop() if full else False:
            raise StorageUnavailable("The disk is full.")
        return write(data)

    job_id = bench.submit()
    before = set(bench.jobs.blobs.names())
    monkeypatch.setattr(bench.jobs.blobs, "write", moody)
    async with bench.running(inverse):
        row = await bench.until(job_id, "succeeded", "failed")
    assert (row.status, row.attempt) == ("succeeded", 2)
    assert len(set(bench.jobs.blobs.names()) - before) == 1


async def test_a_disk_that_stays_full_is_named(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And an operator can start the job again when there is room."""

    def full(_data: bytes) -> str:
        raise StorageUnavailable("The disk is full.", "Make room.")

    job_id = bench.submit()
    with monkeypatch.context() as patch:
        patch.setattr(bench.jobs.blobs, "write", full)
        async with bench.running(inverse):
            row = await bench.until(job_id, "succeeded", "failed")
    assert (row.status, row.error_name, row.attempt) == ("failed", "StorageUnavailable", 3)
    assert (row.error_message, row.error_hint) == ("The disk is full.", "Make room.")
    bench.jobs.requeue(job_id)
    async with bench.running(inverse):
        assert (await bench.until(job_id, "succeeded", "failed")).status == "succeeded"


@pytest.mark.parametrize("told", ["before", "after"])
async def test_a_result_waits_for_a_database_that_is_away(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """It is not drawn again, whether the commit went through before the connection broke or not."""
    succeed = bench.jobs.succeed
    left = [2]

    def away(*given: Any, **more: Any) -> bool:
        left[0] -= 1
        if left[0] >= 0 and told == "before":
            raise DatabaseUnavailable("away")
        kept = succeed(*given, **more)
        if left[0] >= 0:
            raise DatabaseUnavailable("away")
        return kept

    monkeypatch.setattr(bench.jobs, "succeed", away)
    job_id = bench.submit()
    async with bench.running(inverse):
        await bench.until(job_id, "succeeded", "failed")
        await asyncio.sleep(0.2)
    row = bench.row(job_id)
    assert (row.status, row.attempt) == ("succeeded", 1)
    blob = bench.jobs.result(bench.user, job_id).blob
    assert len(set(bench.jobs.blobs.names())) == 2, "the picture that was sent, and the result"
    assert blob in set(bench.jobs.blobs.names())


async def test_a_long_job_keeps_its_lease(bench: Bench) -> None:
    async def long(*given: Any) -> Outcome:
        await asyncio.sleep(2.5 * bench.settings.lease_seconds)
        return await inverse(*given)

    job_id = bench.submit()
    async with bench.running(long), bench.running(long):
        row = await bench.until(job_id, "succeeded", "failed")
    assert (row.status, row.attempt) == ("succeeded", 1)


async def test_a_canceled_job_is_worked_on_no_longer(bench: Bench) -> None:
    ended = asyncio.Event()

    async def endless(*_given: Any) -> Outcome:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        raise AssertionError

    job_id = bench.submit()
    async with bench.running(endless):
        await bench.until(job_id, "running")
        bench.jobs.cancel(bench.user, job_id)
        await asyncio.wait_for(ended.wait(), 10)
        after = bench.submit(1)
        await bench.until(after, "running")
    assert bench.row(job_id).status == "canceled"


async def test_a_report_tells_that_the_job_is_lost(bench: Bench) -> None:
    told: list[str] = []

    async def lost(pictures: Any, parameters: Any, report: Report) -> Outcome:
        bench.jobs.cancel(bench.user, job_id)
        await report("next", 0.5)
        told.append("never")
        raise AssertionError

    job_id = bench.submit()
    async with bench.running(lost):
        await bench.until(job_id, "canceled")
        await asyncio.sleep(0.1)
    assert told == []


async def test_a_runner_that_stops_puts_its_jobs_back(bench: Bench) -> None:
    async def endless(*_given: Any) -> Outcome:
        await asyncio.sleep(60)
        raise AssertionError

    job_id = bench.submit()
    async with bench.running(endless):
        await bench.until(job_id, "running")
    assert bench.row(job_id).status == "queued"
    async with bench.running(inverse):
        row = await bench.until(job_id, "succeeded")
    assert row.attempt == 2


async def test_a_runner_that_stops_while_it_claims_keeps_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = bench.jobs.claim
    claimed = threading.Event()

    def slow(worker: str, lease_seconds: float) -> Any:
        job = claim(worker, lease_seconds)
        claimed.set()
        time.sleep(0.3)
        return job

    job_id = bench.submit()
    monkeypatch.setattr(bench.jobs, "claim", slow)
    async with bench.running(inverse):
        await asyncio.to_thread(claimed.wait, 10)
    assert (bench.row(job_id).status, bench.row(job_id).attempt) == ("queued", 1)


async def test_what_a_dead_runner_held_is_taken_up(bench: Bench) -> None:
    job_id = bench.submit()
    assert bench.jobs.claim("dead", 0.1) is not None
    async with bench.running(inverse):
        row = await bench.until(job_id, "succeeded")
    assert row.attempt == 2


async def test_a_late_result_is_not_committed(bench: Bench) -> None:
    """The job was given to another, who is done when the first one comes back."""
    late = asyncio.Event()

    async def slow(*given: Any) -> Outcome:
        await late.wait()
        return Outcome(image(1), ENGINE)

    bench.settings = bench.settings.model_copy(update={"runner_concurrency": 1})
    job_id = bench.submit()
    async with bench.running(slow):
        first = await bench.until(job_id, "running")
        bench.jobs.put_back(job_id, first.attempt)
        claimed = bench.jobs.claim("other", 60)
        assert claimed is not None
        assert claimed.attempt == 2
        late.set()
        await asyncio.sleep(0.3)
    assert (bench.row(job_id).status, bench.row(job_id).attempt) == ("running", 2)


async def test_a_database_that_is_away_ends_no_loop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = [True]
    claim = bench.jobs.claim

    def moody(worker: str, lease_seconds: float) -> Any:
        if away[0]:
            raise DatabaseUnavailable("away")
        return claim(worker, lease_seconds)

    monkeypatch.setattr(bench.jobs, "claim", moody)
    job_id = bench.submit()
    async with bench.running(inverse) as claims:
        await asyncio.sleep(0.2)
        assert claims.alive
        away[0] = False
        await bench.until(job_id, "succeeded")


async def test_a_loop_that_ends_is_noticed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bench.jobs, "claim", broken)
    claims = bench.claims(inverse)
    assert not claims.alive
    claims.start()
    await asyncio.sleep(0.2)
    assert not claims.alive
    claims.stop()
