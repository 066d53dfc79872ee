"""Who is asking: bearer tokens, of which the service keeps only the hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from serve_app.database import Database, Token, User, now
from serve_app.errors import TokenInvalid
from serve_app.settings import Settings

_LONGEST_TOKEN = 200


@dataclass(frozen=True)
class Grant:
    """A token as its owner gets it: once, and never again."""

    token: str
    user_id: str
    expires_at: datetime


class Identity:
    """Makes users and knows them by their tokens."""

    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], datetime] = now
    ) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock

    def guest(self) -> Grant:
        """A new user without a name, and the token to come back with."""
        user = User(created_at=self.clock())
        with self.database.writing() as session:
            session.add(user)
            session.flush()
            text, row = self._new_token(user.id)
            session.add(row)
        return Grant(text, user.id, row.expires_at)

    def user_of(self, token: str) -> str:
        """The id of the token's user. Raises TokenInvalid."""
        with self.database.reading() as session:
            known = session.get(Token, _hash(token)) if len(token) <= _LONGEST_TOKEN else None
        if known is None:
            raise TokenInvalid("The token is not known.")
        if known.expires_at <= self.clock():
            raise TokenInvalid("The token is too old.")
        return known.user_id

    def _new_token(self, user_id: str) -> tuple[str, Token]:
        text = "fr_" + secrets.token_urlsafe(32)
        made = self.clock()
        expires_at = made + timedelta(days=self.settings.token_days)
        row = Token(hash=_hash(text), user_id=user_id, created_at=made, expires_at=expires_at)
        return text, row


def _hash(token: str) -> str:
    # Tokens are 256 random bits, so a plain hash of them cannot be searched back.
    return hashlib.sha256(token.encode()).hexdigest()
