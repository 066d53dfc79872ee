"""A job comes in: its pictures are stored, then its rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from serve_app.blobs import Picture
from serve_app.database import IdempotencyKey, Job, JobInput, retried
from serve_app.errors import IdempotencyKeyReused, QueueFull
from serve_app.jobs.desk import Desk, Kind
from serve_app.jobs.line import take_turn, waiting

KEY_HOURS = 24


@dataclass(frozen=True)
class Wishes:
    """What else may be said of a job. Seconds are shortened to what the settings allow."""

    webhook_url: str | None = None
    input_seconds: int | None = None
    result_seconds: int | None = None
    priority: int = 0
    """Smaller goes first."""


@dataclass(frozen=True)
class Request:
    """One submission."""

    user_id: str
    kind: Kind
    parameters: Mapping[str, Any]
    pictures: Mapping[str, Picture]
    key: str | None
    wishes: Wishes

    def fingerprint(self) -> str:
        """The same for the same request: its parameters, and its pictures by content."""
        hashes = {role: picture.sha256 for role, picture in self.pictures.items()}
        said = [self.kind, dict(self.parameters), hashes, vars(self.wishes)]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class Submissions(Desk):
    """Takes jobs in."""

    def submit(
        self,
        user_id: str,
        kind: Kind,
        parameters: Mapping[str, Any],
        pictures: Mapping[str, Picture],
        key: str | None = None,
        wishes: Wishes | None = None,
    ) -> str:
        """Store a job with its pictures and give its id; with a known `key`, the first one's id.

        Raises QueueFull, IdempotencyKeyReused, StorageUnavailable, DatabaseUnavailable.
        """
        request = Request(user_id, kind, parameters, pictures, key, wishes or Wishes())
        fingerprint = request.fingerprint()
        if first := self._replay(request, fingerprint):
            return first
        self._refuse_when_full(user_id)
        with self.stored(pictures.values()) as names:
            blobs = dict(zip(pictures, names, strict=True))
            try:
                return self._insert(request, blobs, fingerprint)
            except IntegrityError:
                self.erase(names)
                if first := self._replay(request, fingerprint):
                    return first  # the same request arrived twice at the same moment
                raise

    def _refuse_when_full(self, user_id: str) -> None:
        most, most_of_one = self.settings.queue_limit, self.settings.user_queue_limit
        with self.database.reading() as session:
            if waiting(session, most) >= most:
                raise QueueFull(f"{most} jobs are waiting already.")
            if waiting(session, most_of_one, user_id) >= most_of_one:
                raise QueueFull(f"{most_of_one} jobs of yours are waiting already.")

    def _replay(self, request: Request, fingerprint: str) -> str | None:
        if not request.key:
            return None
        with self.database.reading() as session:
            known = session.get(IdempotencyKey, (request.user_id, request.key))
        if known is None or known.expires_at <= self.clock():
            return None
        if known.parameters_hash != fingerprint:
            raise IdempotencyKeyReused("This Idempotency-Key belongs to another job.")
        return known.job_id

    @retried
    def _insert(self, request: Request, blobs: Mapping[str, str], fingerprint: str) -> str:
        made = self.clock()
        job = self._job(request, made)
        with self.database.writing() as session:
            job.turn = take_turn(session, request.user_id, job.priority)
            session.add(job)
            session.flush()
            for role, picture in request.pictures.items():
                session.add(_input(job, role, blobs[role], picture))
            if request.key:
                keep_key(session, request, fingerprint, job.id, made)
        return job.id

    def _job(self, request: Request, made: datetime) -> Job:
        wishes = request.wishes
        longest = self.settings.input_hours * 3600
        wanted = longest if wishes.input_seconds is None else wishes.input_seconds
        return Job(
            user_id=request.user_id,
            kind=request.kind,
            parameters=dict(request.parameters),
            priority=wishes.priority,
            webhook_url=wishes.webhook_url,
            input_seconds=wishes.input_seconds,
            result_seconds=wishes.result_seconds,
            created_at=made,
            expires_at=made + timedelta(seconds=min(wanted, longest)),
        )


def _input(job: Job, role: str, blob: str, picture: Picture) -> JobInput:
    return JobInput(
        job_id=job.id,
        role=role,
        blob=blob,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        expires_at=job.expires_at,
    )


def keep_key(
    session: Session, request: Request, fingerprint: str, job_id: str, made: datetime
) -> None:
    """Put the key down with its job; one whose time is over is taken over."""
    mine = (IdempotencyKey.user_id == request.user_id, IdempotencyKey.key == request.key)
    session.execute(delete(IdempotencyKey).where(*mine, IdempotencyKey.expires_at <= made))
    session.add(
        IdempotencyKey(
            user_id=request.user_id,
            key=request.key,
            parameters_hash=fingerprint,
            job_id=job_id,
            expires_at=made + timedelta(hours=KEY_HOURS),
        )
    )
