"""Webhooks: real requests to a real receiver, checked with the reference library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from deployments.types import Engine
from serve_app.blobs import Picture
from serve_app.database import Database, WebhookDelivery
from serve_app.errors import AddressRefused
from serve_app.jobs import Jobs, Snapshot, Wishes
from serve_app.settings import Settings
from serve_app.webhooks import Due, Webhooks, wait_before
from tests.receiver import Receiver, Reply, receiving
from tests.serve_app.conftest import BOTH, Clock

pytestmark = BOTH


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"webhook_loopback": True, "webhook_attempts": 3, "webhook_seconds": 2.0}
    )


@pytest.fixture
def webhooks(database: Database, jobs: Jobs, settings: Settings, clock: Clock) -> Webhooks:
    return Webhooks(database, jobs, settings, clock)


def view(snapshot: Snapshot) -> Mapping[str, Any]:
    return {"id": snapshot.job.id, "status": snapshot.job.status}


def submitted(jobs: Jobs, user: str, picture: Picture, url: str) -> str:
    return jobs.submit(user, "anime", {}, {"image": picture}, wishes=Wishes(webhook_url=url))


def done(jobs: Jobs, user: str, picture: Picture, url: str) -> str:
    """A job that succeeded."""
    job_id = submitted(jobs, user, picture, url)
    claimed = jobs.claim("test", 60)
    assert claimed is not None
    engine = Engine("fake", "1", "Apache-2.0", True)
    assert jobs.succeed(job_id, claimed.attempt, result=picture, engine=engine, timings={})
    return job_id


def kept(database: Database) -> WebhookDelivery:
    with database.reading() as session:
        return session.scalars(select(WebhookDelivery)).one()


async def deliver(webhooks: Webhooks) -> int:
    """Send what is due; how many there were."""
    taken = webhooks.take()
    for due in taken:
        await webhooks.send(due, view)
    return len(taken)


async def test_the_end_of_a_job_is_told_once(
    webhooks: Webhooks,
    database: Database,
    jobs: Jobs,
    user: str,
    picture: Picture,
    receiver: Receiver,
) -> None:
    waiting = submitted(jobs, user, picture, f"{receiver.url}/hook")
    assert await deliver(webhooks) == 0, "it is not over yet"
    jobs.cancel(user, waiting)
    assert await deliver(webhooks) == 1
    assert await deliver(webhooks) == 0
    (request,) = receiver.received
    assert (request.method, request.path) == ("POST", "/hook")
    said = Webhook(webhooks.secret(user)).verify(request.body, request.headers)
    assert said["type"] == "job.canceled"
    assert said["data"] == {"id": waiting, "status": "canceled"}
    assert said["timestamp"].endswith("Z")
    assert request.headers["content-type"] == "application/json"
    row = kept(database)
    assert request.headers["webhook-id"] == row.id
    assert (row.state, row.attempt, row.last_status, row.last_error) == ("delivered", 1, 200, None)
    assert row.done_at is not None
    assert jobs.snapshot(user, waiting).deliveries[0].state == "delivered"


@pytest.mark.parametrize("change", ["body", "webhook-id", "webhook-timestamp", "secret"])
async def test_the_signature_covers_everything(
    webhooks: Webhooks, jobs: Jobs, user: str, picture: Picture, receiver: Receiver, change: str
) -> None:
    done(jobs, user, picture, receiver.url)
    secret = webhooks.secret(user)
    await deliver(webhooks)
    (request,) = receiver.received
    body, headers = request.body, dict(request.headers)
    if change == "body":
        body = body.replace(b"succeeded", b"failed")
    elif change == "secret":
        secret = webhooks.secret(user, renew=True)
    else:
        headers[change] = str(int(headers[change]) + 1) if "time" in change else "another"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


async def test_what_failed_is_tried_again_later_and_later(
    webhooks: Webhooks,
    database: Database,
    jobs: Jobs,
    user: str,
    picture: Picture,
    receiver: Receiver,
    clock: Clock,
) -> None:
    receiver.reply = lambda _: Reply(500, b"secret inside of the receiver")
    done(jobs, user, picture, receiver.url)
    for attempt, wait in ((1, 6.1), (2, 24.1)):
        assert await deliver(webhooks) == 1
        row = kept(database)
        assert (row.state, row.attempt, row.last_status) == ("pending", attempt, 500)
        assert row.last_error == "The receiver answered 500."
        assert await deliver(webhooks) == 0, "not at once"
        clock.forward(seconds=wait)
    assert await deliver(webhooks) == 1
    assert kept(database).state == "failed"
    clock.forward(days=9)
    assert await deliver(webhooks) == 0, "given up"
    ids = {request.headers["webhook-id"] for request in receiver.received}
    assert len(receiver.received) == 3
    assert len(ids) == 1, "the receiver can tell a repeat"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 503])
async def test_only_2xx_is_heard(
    webhooks: Webhooks,
    database: Database,
    jobs: Jobs,
    user: str,
    picture: Picture,
    receiver: Receiver,
    status: int,
) -> None:
    with receiving() as inner:
        receiver.reply = lambda _: Reply(status, headers={"Location": inner.url})
        done(jobs, user, picture, receiver.url)
        await deliver(webhooks)
        assert (kept(database).state, kept(database).last_status) == ("pending", status)
        assert inner.received == []


async def test_gone_is_not_asked_again(
    webhooks: Webhooks,
    database: Database,
    jobs: Jobs,
    user: str,
    picture: Picture,
    receiver: Receiver,
) -> None:
    receiver.reply = lambda _: Reply(410)
    done(jobs, user, picture, receiver.url)
    await deliver(webhooks)
    assert kept(database).state == "failed"


async def test_a_receiver_that_is_away_or_slow(
    webhooks: Webhooks,
    database: Database,
    jobs: Jobs,
    user: str,
    picture: Picture,
    receiver: Receiver,
) -> None:
    webhooks.settings = webhooks.settings.model_copy(update={"webhook_seconds": 0.2})
    receiver.reply = lambda _: Reply(after=0.8)
    done(jobs, user, picture, receiver.url)
    await deliver(webhooks)
    row = kept(database)
    assert (row.state, row.last_status) == ("pending", None)
    assert row.last_error == "No answer within 0.2 s."


async def test_an_address_that_turned_private_is_not_called(
    webhooks: Webhooks,
    database: Database,
    jobs: Jobs,
    user: str,
    picture: Picture,
    receiver: Receiver,
) -> None:
    """The job came in while development allowed it: what counts is the moment of the call."""
    done(jobs, user, picture, f"http://localhost:{receiver.port}/")
    webhooks.settings = webhooks.settings.model_copy(update={"webhook_loopback": False})
    await deliver(webhooks)
    assert receiver.received == []
    row = kept(database)
    assert row.state == "pending"
    assert row.last_error is not None


def test_several_replicas_take_each_delivery_once(
    webhooks: Webhooks, database: Database, jobs: Jobs, user: str, picture: Picture, clock: Clock
) -> None:
    for _ in range(5):
        jobs.cancel(user, submitted(jobs, user, picture, "https://example.com/"))
    other = Webhooks(database, jobs, webhooks.settings, clock)
    first, second = webhooks.take(), other.take()
    assert (len(first), second) == (5, [])
    clock.forward(minutes=2)  # the first replica has died
    again = other.take()
    assert {due.id for due in again} == {due.id for due in first}
    assert not webhooks.settle(first[0], 200, None), "it is the other's now"
    assert other.settle(next(due for due in again if due.id == first[0].id), 200, None)


async def test_the_loop_delivers_while_receivers_fail(
    webhooks: Webhooks,
    jobs: Jobs,
    user: str,
    picture: Picture,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two loops, as in two replicas, and an inner fault that must not end them."""
    faults = iter([RuntimeError("once")])
    take = webhooks.take

    def faulty() -> list[Due]:
        for fault in faults:
            raise fault
        return take()

    monkeypatch.setattr(webhooks, "take", faulty)
    monkeypatch.setattr("serve_app.webhooks._PAUSE_SECONDS", 0.05)
    ids = {done(jobs, user, picture, f"{receiver.url}/{number}") for number in range(12)}
    loops = [asyncio.create_task(webhooks.run(view)) for _ in range(2)]
    for _ in range(200):
        if len(receiver.received) >= 12:
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    for loop in loops:
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop
    told = [json.loads(request.body)["data"]["id"] for request in receiver.received]
    assert sorted(told) == sorted(ids)


def test_a_job_that_is_erased_is_not_told(
    webhooks: Webhooks, jobs: Jobs, user: str, picture: Picture
) -> None:
    jobs.delete(user, done(jobs, user, picture, "https://example.com/"))
    jobs.delete(user, submitted(jobs, user, picture, "https://example.com/"))
    assert webhooks.take() == []


def test_the_secret_stays_until_it_is_renewed(webhooks: Webhooks, user: str) -> None:
    first = webhooks.secret(user)
    assert first.startswith("whsec_")
    assert webhooks.secret(user) == first
    second = webhooks.secret(user, renew=True)
    assert second != first
    assert webhooks.secret(user) == second


def test_addresses_are_looked_at_when_a_job_comes(webhooks: Webhooks) -> None:
    assert webhooks.check("https://example.com/hook") == "https://example.com/hook"
    webhooks.check("http://127.0.0.1:80/")
    for refused in (
        "http://10.0.0.1/",
        "https://[fd00::1]/",
        "https://169.254.169.254/",
        "ftp://a",
    ):
        with pytest.raises(AddressRefused):
            webhooks.check(refused)
    webhooks.settings = webhooks.settings.model_copy(update={"webhook_loopback": False})
    for refused in ("http://example.com/", "https://127.0.0.1/", "https://[::ffff:127.0.0.1]/"):
        with pytest.raises(AddressRefused):
            webhooks.check(refused)


def test_waits_grow_and_differ(webhooks: Webhooks) -> None:
    for attempt, even in ((2, 5), (3, 20), (4, 80), (8, 20480), (9, 28800), (20, 28800)):
        waits = {wait_before(attempt) for _ in range(20)}
        assert len(waits) > 1
        assert all(0.8 * even <= wait <= 1.2 * even for wait in waits)
