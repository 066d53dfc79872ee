"""Who is asking: users, how they are known, and their tokens, of which only hashes are kept.

A token says nothing of itself and is looked up at each request, so taking it away works at once.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal, TypeAlias, get_args

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from serve_app.consents import Consents
from serve_app.database import Database, Identification, Token, User, new_id, now, rows_touched
from serve_app.errors import (
    AlreadySignedUp,
    KeyNotFound,
    NameTaken,
    PasswordWrong,
    ScopeMissing,
    TokenInvalid,
    TooManyKeys,
)
from serve_app.passwords import Passwords
from serve_app.settings import Settings

Scope: TypeAlias = Literal["jobs:read", "jobs:write", "me:read", "me:write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
MOST_KEYS = 20
_LONGEST_TOKEN = 200
_GRACE = timedelta(minutes=5)
"""A token that was renewed still opens for so long: the answer with the new one may be lost."""
_USE_IS_NOTED = timedelta(hours=1)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Grant:
    """A token as its owner gets it: once, and never again."""

    token: str
    user_id: str
    expires_at: datetime
    id: str = ""


@dataclass(frozen=True)
class Principal:
    """Whoever sent a request. `scopes` None: all that the user may do."""

    user_id: str
    token_id: str
    is_key: bool
    scopes: frozenset[str] | None
    admin: bool

    def needs(self, scope: Scope) -> None:
        """Raises ScopeMissing."""
        if self.scopes is not None and scope not in self.scopes:
            raise ScopeMissing(f"The API key has not the scope {scope}.")

    def needs_login(self) -> None:
        """What a key may never do, such as making keys. Raises ScopeMissing."""
        if self.is_key:
            raise ScopeMissing("This is not done with an API key.", "Use the token of a login.")


class Identity:
    """Makes users, knows them by name, provider and token, and takes tokens away."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Callable[[], datetime] = now,
        passwords: Passwords | None = None,
    ) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock
        self.passwords = passwords or Passwords()
        self.consents = Consents(database, settings, clock)

    # To become somebody

    def guest(self, consent: str | None = None) -> Grant:
        """A new user without a name, and the token to come back with; `consent` is the version of
        the terms that they agreed to. Raises ConsentMissing where that is not the one asked for."""
        self.consents.check(consent)
        with self.database.writing() as session:
            return self._welcome(session, self._new_user(session), consent)

    def sign_up(
        self, name: str, password: str, user_id: str | None = None, consent: str | None = None
    ) -> Grant:
        """A name and a password for a new user, or for `user_id`, who keeps all that is theirs.

        Raises NameTaken, AlreadySignedUp, PasswordWeak, ConsentMissing.
        """
        self.consents.check(consent)
        subject = normal_name(name)
        kept = self.passwords.hash(password, subject)
        try:
            with self.database.writing() as session:
                if user_id and _identification(session, user_id, "password"):
                    raise AlreadySignedUp("This user has a name already.")
                owner = user_id or self._new_user(session)
                self._identify(session, owner, "password", subject, kept)
                return self._welcome(session, owner, consent)
        except IntegrityError as error:
            raise NameTaken("That name is taken.") from error

    def log_in(self, name: str, password: str) -> Grant:
        """Raises PasswordWrong."""
        known = self._by_subject("password", normal_name(name))
        kept = known.secret_hash if known else None
        if not self.passwords.matches(kept, password) or known is None or kept is None:
            raise PasswordWrong("The name or the password is wrong.")
        if self.passwords.is_outdated(kept):
            kept = self.passwords.renewed(password)
        with self.database.writing() as session:
            row = session.get_one(Identification, known.id)
            row.last_used_at, row.secret_hash = self.clock(), kept
            return self._grant(session, known.user_id)

    def change_password(self, user_id: str, token_id: str, old: str, new: str) -> None:
        """Ends all other logins of the user. Raises PasswordWrong, PasswordWeak."""
        with self.database.reading() as session:
            known = _identification(session, user_id, "password")
        if not self.passwords.matches(known.secret_hash if known else None, old) or known is None:
            raise PasswordWrong("The password is wrong.")
        kept = self.passwords.hash(new, known.subject)
        with self.database.writing() as session:
            session.get_one(Identification, known.id).secret_hash = kept
            self._revoke(
                session, Token.user_id == user_id, Token.kind == "access", Token.id != token_id
            )

    def by_provider(
        self,
        provider: str,
        subject: str,
        user_id: str | None = None,
        consent: str | None = None,
    ) -> Grant:
        """Whoever another service vouches for; somebody new becomes `user_id` where one is given.

        So a guest keeps all that is theirs, unless the account was there before.
        """
        self.consents.check(consent)
        try:
            return self._by_provider(provider, subject, user_id, consent)
        except IntegrityError:  # the same person logged in twice at once: now they are known
            return self._by_provider(provider, subject, user_id, consent)

    def _by_provider(
        self, provider: str, subject: str, user_id: str | None, consent: str | None
    ) -> Grant:
        known = self._by_subject(provider, subject)
        with self.database.writing() as session:
            if known:
                session.get_one(Identification, known.id).last_used_at = self.clock()
                return self._welcome(session, known.user_id, consent)
            if user_id and _identification(session, user_id, provider):
                user_id = None  # the guest is somebody else's already
            owner = user_id or self._new_user(session)
            self._identify(session, owner, provider, subject)
            return self._welcome(session, owner, consent)

    # Tokens

    def principal(self, token: str) -> Principal:
        """Who holds the token. Raises TokenInvalid."""
        query = (
            select(Token, User.role)
            .join(User, User.id == Token.user_id)
            .where(Token.hash == _hash(token[: _LONGEST_TOKEN + 1]))
        )
        with self.database.reading() as session:
            found = session.execute(query).first()
        if found is None or found.Token.kind == "refresh":
            raise TokenInvalid("The token is not known.")
        if found.Token.revoked_at is not None:
            raise TokenInvalid("The token was revoked.")
        if found.Token.expires_at <= self.clock():
            raise TokenInvalid("The token is too old.")
        self._note_use(found.Token)
        return self._principal(found.Token, found.role)

    def refresh(self, user_id: str, token_id: str) -> Grant:
        """A new token for an old one, which ends a few minutes later. Raises TokenInvalid."""
        with self.database.writing() as session:
            old = session.scalars(select(Token).where(Token.id == token_id)).one_or_none()
            if old is None or old.user_id != user_id:
                raise TokenInvalid("The token is not known.")
            old.expires_at = min(old.expires_at, self.clock() + _GRACE)
            return self._grant(session, user_id, family=old.family)

    def log_out(self, user_id: str, token_id: str, *, everywhere: bool = False) -> None:
        """Take the token away with those that it was renewed from, or every login of the user."""
        with self.database.writing() as session:
            family = session.scalar(select(Token.family).where(Token.id == token_id))
            mine = (Token.user_id == user_id, Token.kind == "access")
            if everywhere:
                self._revoke(session, *mine)
            elif family:
                self._revoke(session, *mine, Token.family == family)
            else:
                self._revoke(session, *mine, Token.id == token_id)

    # API keys

    def create_key(self, user_id: str, name: str, scopes: Sequence[Scope], days: float) -> Grant:
        """A token for a server of the user's. Raises TooManyKeys."""
        with self.database.writing() as session:
            many = select(func.count()).select_from(Token).where(*_keys(user_id))
            if (session.scalar(many) or 0) >= MOST_KEYS:
                raise TooManyKeys(f"There are {MOST_KEYS} keys already.")
            return self._grant(session, user_id, days=days, name=name, scopes=sorted(set(scopes)))

    def keys(self, user_id: str) -> list[Token]:
        """Those that were not revoked, the newest first."""
        with self.database.reading() as session:
            query = select(Token).where(*_keys(user_id)).order_by(Token.id.desc())
            return list(session.scalars(query))

    def revoke_key(self, user_id: str, key_id: str) -> None:
        """Raises KeyNotFound, for somebody else's key too."""
        with self.database.writing() as session:
            if not self._revoke(session, *_keys(user_id), Token.id == key_id):
                raise KeyNotFound("There is no such key.")

    # The user

    def user(self, user_id: str) -> tuple[User, list[Identification]]:
        """Raises TokenInvalid for one who was erased a moment ago."""
        ways = select(Identification).where(Identification.user_id == user_id)
        with self.database.reading() as session:
            user = session.get(User, user_id)
            if user is None:
                raise TokenInvalid("The user is not there any more.")
            return user, list(session.scalars(ways))

    def rename(self, user_id: str, nickname: str | None) -> None:
        """What the user is called; nothing depends on it."""
        with self.database.writing() as session:
            session.execute(update(User).where(User.id == user_id).values(nickname=nickname))

    def set_portrait(self, user_id: str, blob: str | None) -> str | None:
        """The user's picture is the one stored as `blob`. The blob of the one before."""
        with self.database.writing() as session:
            user = session.get(User, user_id, with_for_update=True)
            if user is None:
                raise TokenInvalid("The user is not there any more.")
            before, user.portrait = user.portrait, blob
            return before

    # Steps

    def _principal(self, token: Token, role: str) -> Principal:
        scopes = None if token.scopes is None else frozenset(token.scopes)
        chosen = role == "admin" or token.user_id in self.settings.admins
        admin = chosen and (scopes is None or "admin" in scopes)
        return Principal(token.user_id, token.id, token.kind == "api_key", scopes, admin)

    def _note_use(self, token: Token) -> None:
        """For the list of keys, and not at every request."""
        moment = self.clock()
        if token.kind == "api_key" and moment - (token.last_used_at or _LONG_AGO) > _USE_IS_NOTED:
            with self.database.writing() as session:
                noted = update(Token).where(Token.hash == token.hash)
                session.execute(noted.values(last_used_at=moment))

    def _new_user(self, session: Session) -> str:
        user = User(created_at=self.clock())
        session.add(user)
        session.flush()
        return user.id

    def _welcome(self, session: Session, user_id: str, consent: str | None) -> Grant:
        if consent:
            self.consents.note(session, user_id, consent)
        return self._grant(session, user_id)

    def _identify(
        self, session: Session, user_id: str, provider: str, subject: str, kept: str | None = None
    ) -> None:
        moment = self.clock()
        session.add(
            Identification(
                user_id=user_id,
                provider=provider,
                subject=subject,
                secret_hash=kept,
                created_at=moment,
                last_used_at=moment,
            )
        )
        session.flush()

    def _by_subject(self, provider: str, subject: str) -> Identification | None:
        query = select(Identification).where(
            Identification.provider == provider, Identification.subject == subject
        )
        with self.database.reading() as session:
            return session.scalars(query).one_or_none()

    def _grant(
        self,
        session: Session,
        user_id: str,
        *,
        family: str | None = None,
        days: float | None = None,
        name: str | None = None,
        scopes: list[str] | None = None,
    ) -> Grant:
        """A new token of a login, or with `scopes` an API key."""
        is_key = scopes is not None
        text = ("frk_" if is_key else "fr_") + secrets.token_urlsafe(32)
        made, key = self.clock(), new_id()
        row = Token(
            hash=_hash(text),
            id=key,
            user_id=user_id,
            kind="api_key" if is_key else "access",
            scopes=scopes,
            name=name,
            family=None if is_key else family or key,
            created_at=made,
            expires_at=made + timedelta(days=days or self.settings.token_days),
        )
        session.add(row)
        return Grant(text, user_id, row.expires_at, key)

    def _revoke(self, session: Session, *which: ColumnElement[bool]) -> int:
        ended = update(Token).where(*which, Token.revoked_at.is_(None))
        return rows_touched(session.execute(ended.values(revoked_at=self.clock())))


def normal_name(name: str) -> str:
    """Names that look the same to a reader are the same."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _identification(session: Session, user_id: str, provider: str) -> Identification | None:
    query = select(Identification).where(
        Identification.user_id == user_id, Identification.provider == provider
    )
    return session.scalars(query.limit(1)).first()


def _keys(user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (Token.user_id == user_id, Token.kind == "api_key", Token.revoked_at.is_(None))


def _hash(token: str) -> str:
    # Tokens are 256 random bits, so a plain hash of them cannot be searched back.
    return hashlib.sha256(token.encode()).hexdigest()
