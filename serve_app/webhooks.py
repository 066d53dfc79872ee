"""Telling a client's own server that a job is over, signed as Standard Webhooks describes.

What is to be told stands in the database from the moment in which the job ends, so it is told even
if every process dies in between. Any number of replicas may run the loop: who takes a delivery puts
its next attempt off first, and writes down how it went only while the attempt is still its own.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from serve_app import dial
from serve_app.database import Database, Job, User, WebhookDelivery, now, retried, rows_touched
from serve_app.errors import AddressRefused, DatabaseUnavailable, TokenInvalid
from serve_app.jobs import Jobs, Snapshot
from serve_app.settings import Settings

View = Callable[[Snapshot], Mapping[str, Any]]
"""The job as its owner reads it."""

_LOG = logging.getLogger("ray.serve")
_AT_ONCE = 10
_PAUSE_SECONDS = 1.0
_FIRST_WAIT, _LONGEST_WAIT, _GROWTH = 5.0, 8 * 3600.0, 4.0
_GONE = 410


@dataclass(frozen=True)
class Due:
    """A delivery that is this process's for the moment."""

    id: str
    attempt: int
    event: str
    url: str
    secret: str
    job_id: str
    user_id: str


class Webhooks:
    """Secrets, and the deliveries that are due."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        settings: Settings,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.database = database
        self.jobs = jobs
        self.settings = settings
        self.clock = clock

    def check(self, url: str) -> str:
        """The address again, if it can be one that is called. Raises AddressRefused.

        Where its name leads is looked at when it is called: until then that may change.
        """
        parsed = dial.check_url(url, plain=self.settings.webhook_loopback)
        dial.check_literal(parsed, self._allowed)
        return url

    @retried
    def secret(self, user_id: str, *, renew: bool = False) -> str:
        """What the user's deliveries are signed with; made when it is first asked for.

        Raises TokenInvalid for a user who was erased a moment ago.
        """
        with self.database.writing() as session:
            user = session.get(User, user_id, with_for_update=True)
            if user is None:
                raise TokenInvalid("The user is not there any more.")
            if user.webhook_secret is None or renew:
                user.webhook_secret = new_secret()
            return user.webhook_secret

    def take(self) -> list[Due]:
        """Deliveries whose time has come, and which nobody else sends for the next while."""
        found = self._take()
        return [self._with_secret(due) for due in found]

    @retried
    def _take(self) -> list[Due]:
        turn = (
            select(WebhookDelivery)
            .where(
                WebhookDelivery.state == "pending", WebhookDelivery.next_attempt_at <= self.clock()
            )
            .order_by(WebhookDelivery.next_attempt_at)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        with self.database.reading() as session:  # mostly there is nothing, and nothing to lock
            if session.scalars(turn.with_only_columns(WebhookDelivery.id)).first() is None:
                return []
        with self.database.writing() as session:
            rows = session.scalars(turn).all()
            for row in rows:
                row.attempt += 1
                row.next_attempt_at = self.clock() + self._lease
            return [due for row in rows if (due := _due(session, row))]

    def settle(self, due: Due, status: int | None, error: str | None) -> bool:
        """Write down how an attempt went. False: another process has taken it over."""
        changes: dict[str, Any] = {"last_status": status, "last_error": error and error[:255]}
        if error is None:
            changes |= {"state": "delivered", "next_attempt_at": None, "done_at": self.clock()}
        elif due.attempt >= self.settings.webhook_attempts or status == _GONE:
            changes |= {"state": "failed", "next_attempt_at": None, "done_at": self.clock()}
        else:
            wait = timedelta(seconds=wait_before(due.attempt + 1))
            changes["next_attempt_at"] = self.clock() + wait
        return self._update(due, changes)

    async def send(self, due: Due, view: View) -> None:
        """One attempt, and its outcome in the database."""
        status, error = await self._attempt(due, view)
        await asyncio.to_thread(self.settle, due, status, error)

    async def run(self, view: View) -> None:
        """Deliver for ever."""
        while True:
            try:
                taken = await asyncio.to_thread(self.take)
                await asyncio.gather(*(self.send(due, view) for due in taken))
            except DatabaseUnavailable:
                taken = []
            except Exception:
                _LOG.exception("A webhook could not be sent; it is tried again.")
                taken = []
            if not taken:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _attempt(self, due: Due, view: View) -> tuple[int | None, str | None]:
        """The receiver's status, and what was wrong where anything was."""
        snapshot = await asyncio.to_thread(self.jobs.snapshot, due.user_id, due.job_id)
        body = payload(due.event, self.clock(), view(snapshot))
        try:
            answer = await dial.send(
                "POST",
                httpx.URL(self.check(due.url)),
                headers=signed(due.secret, due.id, self.clock(), body),
                content=body,
                seconds=self.settings.webhook_seconds,
                allowed=self._allowed,
            )
        except (dial.NoAnswer, AddressRefused) as error:
            return None, str(error)
        good = 200 <= answer.status < 300
        return answer.status, None if good else f"The receiver answered {answer.status}."

    def _with_secret(self, due: Due) -> Due:
        """Who never asked for the secret gets one now, and can ask for it later."""
        return due if due.secret else Due(**{**vars(due), "secret": self.secret(due.user_id)})

    @property
    def _allowed(self) -> dial.Judge:
        return dial.public_or_own if self.settings.webhook_loopback else dial.public_only

    @property
    def _lease(self) -> timedelta:
        """Longer than an attempt may take."""
        return timedelta(seconds=2 * self.settings.webhook_seconds + 30)

    @retried
    def _update(self, due: Due, changes: Mapping[str, Any]) -> bool:
        own = update(WebhookDelivery).where(
            WebhookDelivery.id == due.id,
            WebhookDelivery.attempt == due.attempt,
            WebhookDelivery.state == "pending",
        )
        with self.database.writing() as session:
            return rows_touched(session.execute(own.values(changes))) == 1


def new_secret() -> str:
    """32 random bytes as Standard Webhooks writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def payload(event: str, moment: datetime, job: Mapping[str, Any]) -> bytes:
    """The body: what happened when, and the job as it stands now."""
    said = {"type": event, "timestamp": _iso(moment), "data": job}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def signed(secret: str, delivery_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The headers that prove who sent the body, and when."""
    stamp = str(int(moment.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    message = f"{delivery_id}.{stamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature}",
    }


def wait_before(attempt: int) -> float:
    """Seconds between an attempt and the one before it: 5, 20, 80, … up to 8 hours, and uneven, so
    that a receiver that comes back is not run over."""
    even = min(_FIRST_WAIT * _GROWTH ** (attempt - 2), _LONGEST_WAIT)
    return even * random.uniform(0.8, 1.2)  # noqa: S311 - nothing secret


def _due(session: Session, row: WebhookDelivery) -> Due | None:
    query = (
        select(Job.webhook_url, Job.user_id, User.webhook_secret)
        .join(User, User.id == Job.user_id)
        .where(Job.id == row.job_id)
    )
    found = session.execute(query).first()
    if found is None or not found.webhook_url:
        row.state, row.next_attempt_at = "failed", None
        return None
    return Due(
        row.id,
        row.attempt,
        row.event,
        found.webhook_url,
        found.webhook_secret or "",
        row.job_id,
        found.user_id,
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
