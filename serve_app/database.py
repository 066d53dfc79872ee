"""The tables, and the two ways into them: reading and writing.

SQLite when nothing is configured, MySQL 8 or MariaDB from 10.6 on by URL. Times are UTC.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import CursorResult
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from serve_app.errors import DatabaseUnavailable

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_BUSY_SECONDS = 30
_LOCK_SECONDS = 60
_CONNECTIONS = 40
"""As many as there are threads for an application's synchronous work."""


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
_IN_MYSQL = {
    f"{name}_{option}": value
    for name in ("mysql", "mariadb")
    for option, value in {"charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}
"""Every letter of every language, and "a" is not "A", as it is on SQLite."""


class Base(DeclarativeBase):
    """Every table of the service."""

    __table_args__: Any = _IN_MYSQL
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UtcTime(),
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }


class User(Base):
    """Somebody who owns jobs; a guest until a name or another identity is added."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Token(Base):
    """A bearer token, of which only the SHA-256 is kept."""

    __tablename__ = "tokens"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class Job(Base):
    """One try-on or one avatar, from the request to the erasure of its pictures."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_by_turn", "status", "priority", "id"),
        Index("jobs_by_lease", "status", "lease_until"),
        Index("jobs_by_expiry", "status", "expires_at"),
        Index("jobs_by_owner", "user_id", "id"),
        _IN_MYSQL,
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), default="queued")
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    priority: Mapped[int] = mapped_column(default=0)
    """Smaller goes first."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    """When the pictures are erased: those that were sent until the end, then the result."""
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    stage: Mapped[str | None] = mapped_column(String(64))
    progress: Mapped[float] = mapped_column(Float(53), default=0.0)
    engine: Mapped[dict[str, Any] | None]
    timings: Mapped[dict[str, Any] | None]
    confidence: Mapped[float | None] = mapped_column(Float(53))
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


class IdempotencyKey(Base):
    """A client's own name for a request, so that sending it twice makes one job."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    parameters_hash: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Database:
    """The engine and its transactions. Synchronous: async code calls it through threads."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that changes nothing."""
        with _named_faults(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is committed at the end of the block, or not at all.

        On SQLite it begins as the only writer, so what it reads stays true until it commits.
        """
        writer = self.engine.execution_options(writes=True)
        with _named_faults(), Session(writer, expire_on_commit=False) as session, session.begin():
            yield session

    def create(self) -> None:
        """Make the tables that are missing. Any number of processes may do so at once."""
        with _named_faults(), _schema_lock(self.engine), self.engine.begin() as connection:
            Base.metadata.create_all(connection)

    def check(self) -> None:
        """Raises DatabaseUnavailable where the database does not answer."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def rows_touched(result: Any) -> int:
    """How many rows an UPDATE or DELETE matched."""
    return result.rowcount if isinstance(result, CursorResult) else 0


@contextmanager
def _named_faults() -> Iterator[None]:
    """Faults of the connection get a name; faults of our statements stay what they are."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable("The database has no connection left.") from error
    except DBAPIError as error:
        if error.connection_invalidated or type(error).__name__ == "OperationalError":
            raise DatabaseUnavailable("The database does not answer.") from error
        raise


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, Path(parsed.database or ""))
    if parsed.drivername in ("mysql", "mariadb"):
        parsed = parsed.set(drivername=f"{parsed.drivername}+pymysql")
    return create_engine(
        parsed.update_query_dict({"charset": "utf8mb4"}),
        # Claims lock single rows; the default level would lock the gaps between them as well.
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        pool_size=10,
        max_overflow=_CONNECTIONS - 10,
    )


def _sqlite(url: str, file: Path) -> Engine:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": _BUSY_SECONDS},
        pool_size=10,
        max_overflow=_CONNECTIONS - 10,
        hide_parameters=True,  # faults are logged, and no token may stand in a log
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver's own begin is late and weak: it is turned off, and _begin_sqlite does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _schema_lock(engine: Engine) -> Iterator[None]:
    if engine.dialect.name == "sqlite":
        with _file_lock(Path(f"{engine.url.database}.lock")):
            yield
    else:
        with _named_lock(engine):
            yield


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _named_lock(engine: Engine) -> Iterator[None]:
    with engine.connect() as connection:
        taken = connection.execute(
            text("SELECT GET_LOCK('fitting_room_schema', :seconds)"), {"seconds": _LOCK_SECONDS}
        ).scalar()
        if taken != 1:
            raise DatabaseUnavailable("Another process holds the lock on the tables.")
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK('fitting_room_schema')"))
