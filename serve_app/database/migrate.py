"""Brings the tables of a database up to date, by the steps in `serve_app/migrations`."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Connection, Engine, Float, Text, text
from sqlalchemy.dialects import mysql

from serve_app.database.tables import Base
from serve_app.errors import DatabaseTooNew, DatabaseUnavailable

_STEPS = Path(__file__).parent.parent / "migrations"
_LOCK_SECONDS = 600
"""Whoever changes a large table holds the lock as long as that takes."""


@dataclass(frozen=True)
class Version:
    """Steps by their names. `current` is None for a database without our tables."""

    current: str | None
    head: str

    @property
    def is_current(self) -> bool:
        return self.current == self.head


def version(engine: Engine) -> Version:
    """Where the database stands. Changes nothing."""
    with engine.connect() as connection:
        return _version(connection)


def upgrade(engine: Engine) -> None:
    """Run the steps that are missing, one process at a time.

    Raises DatabaseTooNew where a later release of the service has been at it, DatabaseUnavailable
    where the lock is not had.
    """
    with _lock(engine), engine.execution_options(writes=True).begin() as connection:
        found = _version(connection)
        if found.current and found.current not in _known():
            raise DatabaseTooNew(
                f"The database is at step {found.current!r}, which this release does not know."
            )
        command.upgrade(config(connection), "head")


def drift(engine: Engine) -> list[Any]:
    """Where the tables of the database are not those of the code: nothing, if all is well."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": differs})
        return list(compare_metadata(context, Base.metadata))


def differs(_context: Any, _seen: Any, _wanted: Any, kept: Any, kind: Any) -> bool | None:
    """Whether a column's type is another one. None: let Alembic judge.

    MariaDB keeps JSON as a long text, and MySQL's texts and numbers come in sizes.
    """
    if isinstance(kind, JSON) and isinstance(kept, mysql.LONGTEXT | JSON):
        return False
    if isinstance(kind, Text) and isinstance(kept, mysql.MEDIUMTEXT):
        return False
    if isinstance(kind, Float) and isinstance(kept, mysql.DOUBLE):
        return False
    return None


def _version(connection: Connection) -> Version:
    head = ScriptDirectory(str(_STEPS)).get_current_head()
    return Version(MigrationContext.configure(connection).get_current_revision(), head or "")


def _known() -> set[str]:
    return {step.revision for step in ScriptDirectory(str(_STEPS)).walk_revisions()}


def config(connection: Connection) -> Config:
    """What Alembic is told: where the steps are, and the connection to run them on."""
    made = Config()
    made.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


@contextmanager
def _lock(engine: Engine) -> Iterator[None]:
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
    """The server's locks are shared by all its databases, and their names are short."""
    name = f"fitting_room.{engine.url.database}"[:64]
    with engine.connect() as connection:
        taken = connection.execute(
            text("SELECT GET_LOCK(:name, :seconds)"), {"name": name, "seconds": _LOCK_SECONDS}
        ).scalar()
        if taken != 1:
            raise DatabaseUnavailable("Another process holds the lock on the tables.")
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})
