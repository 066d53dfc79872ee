"""First answers, kept for a day: a request that comes again under its key gets the same one.

That two requests with one key make one job is seen to where the job is stored, in one transaction
with the key. Here is what they are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from serve_app.database import Database, IdempotencyKey, now, retried


@dataclass(frozen=True)
class Answer:
    """What a client was told: status, headers that say something, and the body as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: str


class Replies:
    """The first answers, by user and key. Other users' keys are other keys."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now) -> None:
        self.database = database
        self.clock = clock

    def is_known(self, user_id: str, key: str) -> bool:
        """Whether a job was made under the key."""
        return self._row(user_id, key) is not None

    def find(self, user_id: str, key: str) -> Answer | None:
        """The first answer. None: it is still being waited for, or it never went out."""
        row = self._row(user_id, key)
        if row is None or row.answer_status is None:
            return None
        return Answer(row.answer_status, row.answer_headers or {}, row.answer_body or "")

    @retried
    def keep(self, user_id: str, key: str, answer: Answer) -> Answer:
        """Keep what is the first answer, and give the first one: of two that were sent at the same
        moment both get the same."""
        mine = update(IdempotencyKey).where(
            IdempotencyKey.user_id == user_id,
            IdempotencyKey.key == key,
            IdempotencyKey.answer_status.is_(None),
        )
        with self.database.writing() as session:
            session.execute(
                mine.values(
                    answer_status=answer.status,
                    answer_headers=dict(answer.headers),
                    answer_body=answer.body,
                )
            )
        return self.find(user_id, key) or answer

    def _row(self, user_id: str, key: str) -> IdempotencyKey | None:
        with self.database.reading() as session:
            row = session.get(IdempotencyKey, (user_id, key))
        return row if row and row.expires_at > self.clock() else None
