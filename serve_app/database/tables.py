"""The tables as typed classes. A change here needs a step in `serve_app/migrations/versions`."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """26 characters: 48 bits of time in ms, 80 random ones. Sorts by age, cannot be guessed."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def now() -> datetime:
    return datetime.now(timezone.utc)


class UtcTime(TypeDecorator[datetime]):
    """A time to the microsecond, kept without its zone, which is always UTC."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=timezone.utc)


_ID = String(26)
_LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
"""MySQL's own Text ends at 64 kB."""
IN_MYSQL = {
    f"{name}_{option}": value
    for name in ("mysql", "mariadb")
    for option, value in {"charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}
"""Every letter of every language, and "a" is not "A", as it is on SQLite."""


class Base(DeclarativeBase):
    """Every table of the service."""

    __table_args__: Any = IN_MYSQL
    metadata = MetaData()
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcTime(),
        dict[str, Any]: JSON(none_as_null=True),
        dict[str, str]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        list[dict[str, Any]]: JSON(none_as_null=True),
    }


def _owner(*, primary_key: bool = False, index: bool = False) -> Mapped[str]:
    goes_with = ForeignKey("users.id", ondelete="CASCADE")
    return mapped_column(goes_with, primary_key=primary_key, index=index)


class User(Base):
    """Somebody who owns jobs; a guest until a name or another identity is added."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    nickname: Mapped[str | None] = mapped_column(String(64))
    portrait: Mapped[str | None] = mapped_column(String(64), index=True)
    """The blob of a small picture of the user."""
    role: Mapped[str] = mapped_column(String(16), default="user", server_default="user")
    """`user` or `admin`."""
    webhook_secret: Mapped[str | None] = mapped_column(String(64))
    """Signs what is sent to the user's own server; it must be readable to sign with."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Identification(Base):
    """A way in which a user is known: one row a way, and a user may have several."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("provider", "subject", name="identity_once"), IN_MYSQL)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    user_id: Mapped[str] = _owner(index=True)
    provider: Mapped[str] = mapped_column(String(16))
    """`guest`, `wechat` or `password`."""
    subject: Mapped[str] = mapped_column(String(190))
    """Who it is to the provider: an openid, a name to log in with."""
    secret_hash: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]


class Token(Base):
    """A bearer token, of which only the SHA-256 is kept."""

    __tablename__ = "tokens"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(_ID, unique=True, index=True, default=new_id)
    """What the token is called where it is listed and revoked."""
    user_id: Mapped[str] = _owner(index=True)
    kind: Mapped[str] = mapped_column(String(16), default="access", server_default="access")
    """`access`, `refresh` or `api_key`."""
    scopes: Mapped[list[str] | None]
    """None: all that its owner may do."""
    name: Mapped[str | None] = mapped_column(String(64))
    family: Mapped[str | None] = mapped_column(_ID, index=True)
    """Tokens that came from one login, refreshed from each other: revoked together."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Job(Base):
    """One try-on or one avatar, from the request to the erasure of its pictures."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_in_line", "status", "priority", "turn", "id"),
        Index("jobs_by_lease", "status", "lease_until"),
        Index("jobs_by_expiry", "status", "expires_at"),
        Index("jobs_by_owner", "user_id", "id"),
        Index("jobs_by_owner_in_line", "status", "user_id", "priority", "turn"),
        IN_MYSQL,
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    user_id: Mapped[str] = _owner()
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), default="queued")
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    priority: Mapped[int] = mapped_column(default=0)
    """Smaller goes first."""
    turn: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The round in which the job is served: each user has one job in each round."""
    webhook_url: Mapped[str | None] = mapped_column(Text)
    """Told of the job's end."""
    input_seconds: Mapped[int | None]
    """How long the pictures that were sent are kept, from submission. None: as the settings say."""
    result_seconds: Mapped[int | None]
    """How long the result is kept, from the job's end. None: as the settings say."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    """When the pictures are erased: those that were sent until the end, then the result."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Only ever grows: what is told under an earlier number does not count."""
    forgiven: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Attempts that do not count against the limit: those before an operator's requeue."""
    worker: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    stage: Mapped[str | None] = mapped_column(String(64))
    stages: Mapped[list[dict[str, Any]] | None]
    """What this attempt has come through: `{"stage", "progress", "at"}`, the latest last."""
    progress: Mapped[float] = mapped_column(Float(53), default=0.0)
    engine: Mapped[dict[str, Any] | None]
    timings: Mapped[dict[str, Any] | None]
    confidence: Mapped[float | None] = mapped_column(Float(53))
    category: Mapped[str | None] = mapped_column(String(16))
    """What the garment was taken for."""
    warnings: Mapped[list[str]] = mapped_column(default=list)
    error_name: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_hint: Mapped[str | None] = mapped_column(Text)


class JobInput(Base):
    """A picture that was sent for a job, by its role: person, garment or image."""

    __tablename__ = "job_inputs"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    blob: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Result(Base):
    """The picture that a job made."""

    __tablename__ = "results"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    blob: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))


class Panel(Base):
    """The pictures on the way to a result, in one: kept where the request asked for `debug`."""

    __tablename__ = "panels"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    blob: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(64))


class Draft(Base):
    """What was sent ahead of a job: some clients send the garment first, and the person later."""

    __tablename__ = "drafts"
    __table_args__ = (Index("drafts_by_owner", "user_id", "name", "id"), IN_MYSQL)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    user_id: Mapped[str] = _owner()
    name: Mapped[str] = mapped_column(String(128))
    """What the client calls it; the latest of a name is the one that counts."""
    person: Mapped[str | None] = mapped_column(String(64))
    """A picture of the gallery that was chosen for the person."""
    blob: Mapped[str | None] = mapped_column(String(64), index=True)
    """The garment's picture. None: it was not sent yet."""
    media_type: Mapped[str | None] = mapped_column(String(64))
    width: Mapped[int | None]
    height: Mapped[int | None]
    job_id: Mapped[str | None] = mapped_column(
        ForeignKey("jobs.id", ondelete="SET NULL"), index=True
    )
    """The latest job that was made of it."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class IdempotencyKey(Base):
    """A client's own name for a request, so that sending it twice makes one job."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = _owner(primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    parameters_hash: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str | None] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), index=True
    )
    """None until the request made one; some never do."""
    locked_until: Mapped[datetime | None]
    """A request with the key is under way; after this time it has died."""
    answer_status: Mapped[int | None]
    """The first answer, kept whole. None: there is none yet."""
    answer_headers: Mapped[dict[str, str] | None]
    answer_body: Mapped[str | None] = mapped_column(_LONG_TEXT)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class WebhookDelivery(Base):
    """One event to be told at the `webhook_url` of its job, until it is heard or given up."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("job_id", "event", name="webhook_once"),
        Index("webhook_in_line", "state", "next_attempt_at"),
        IN_MYSQL,
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    """The same through all attempts, so that a receiver can tell a repeat."""
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(32))
    """`job.succeeded`, `job.failed`, `job.canceled` or `job.expired`."""
    state: Mapped[str] = mapped_column(String(16), default="pending")
    """`pending`, `delivered` or `failed`."""
    attempt: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=now)
    """Who sends moves it ahead first, so that nobody else sends as well. None: done."""
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]


class Consent(Base):
    """What a user agreed to, in which wording, and until when."""

    __tablename__ = "consents"
    __table_args__ = (Index("consents_by_owner", "user_id", "kind"), IN_MYSQL)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    user_id: Mapped[str] = _owner()
    kind: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(32))
    given_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]


class RateLimit(Base):
    """How much of a limit is used up, by whom: shared by every replica."""

    __tablename__ = "rate_limits"

    bucket: Mapped[str] = mapped_column(String(160), primary_key=True)
    """What is limited and for whom; an address only as a hash."""
    count: Mapped[int] = mapped_column(default=0)
    level: Mapped[float] = mapped_column(Float(53), default=0.0)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
