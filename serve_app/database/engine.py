"""The way to the database: the engine, and its transactions."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine import CursorResult
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from serve_app.database.migrate import Version, drift, upgrade, version
from serve_app.errors import DatabaseBusy, DatabaseUnavailable

P = ParamSpec("P")
T = TypeVar("T")

_BUSY_SECONDS = 30
_ANSWER_SECONDS = 60
_TRIES = 5
_CONNECTIONS = 40
"""As many as there are threads for an application's synchronous work."""


class Database:
    """The engine and its transactions. Synchronous: async code calls it through threads."""

    def __init__(self, url: str) -> None:
        self.url = url
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

    def upgrade(self) -> None:
        """Make the tables, or bring them up to date. Any number of processes may do so at once.

        Raises DatabaseUnavailable, DatabaseTooNew.
        """
        with _named_faults():
            if self.version().is_current:
                return
            engine = _engine(self.url, patient=True)
            try:
                upgrade(engine)
            finally:
                engine.dispose()

    def version(self) -> Version:
        """Which step of the tables' history the database is at, and which it should be at."""
        with _named_faults():
            return version(self.engine)

    def drift(self) -> list[Any]:
        """Where the tables are not those of this release; nothing, if all is well."""
        with _named_faults():
            return drift(self.engine)

    def check(self) -> None:
        """Raises DatabaseUnavailable where the database does not answer."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def rows_touched(result: Any) -> int:
    """How many rows an UPDATE or DELETE matched."""
    return result.rowcount if isinstance(result, CursorResult) else 0


def retried(work: Callable[P, T]) -> Callable[P, T]:
    """For a function that is one transaction: the same again where another was in its way.

    MySQL ends one of two transactions that wait for each other, and expects it to come back.
    """

    @wraps(work)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, _TRIES):
            try:
                return work(*args, **kwargs)
            except DatabaseBusy:
                time.sleep(random.uniform(0, 0.02 * attempt))  # noqa: S311 - nothing secret
        return work(*args, **kwargs)

    return again


@contextmanager
def _named_faults() -> Iterator[None]:
    """Faults of the connection get a name; faults of our statements stay what they are."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable("The database has no connection left.") from error
    except DBAPIError as error:
        if _is_in_the_way(error):
            raise DatabaseBusy("The database is busy with another change.") from error
        if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
            raise DatabaseUnavailable("The database does not answer.") from error
        raise


def _is_in_the_way(error: DBAPIError) -> bool:
    """MySQL's deadlock (1213) and lock wait (1205), SQLite's wait for the only writer."""
    code = next(iter(getattr(error.orig, "args", ())), None)
    return code in (1213, 1205) or str(code) == "database is locked"


def _engine(url: str, *, patient: bool = False) -> Engine:
    """A server that vanished is given up after a while; to change large tables takes longer."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, Path(parsed.database or ""))
    if parsed.drivername in ("mysql", "mariadb"):
        parsed = parsed.set(drivername=f"{parsed.drivername}+pymysql")
    seconds = None if patient else _ANSWER_SECONDS
    return create_engine(
        parsed.update_query_dict({"charset": "utf8mb4"}),
        connect_args={"connect_timeout": 5, "read_timeout": seconds, "write_timeout": seconds},
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
    _log_ahead(cursor)
    # What is deleted is overwritten: rows tell of people.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _log_ahead(cursor: Any) -> None:
    """A new file is changed to a write-ahead log once, by the first who finds nobody writing in it:
    for this step SQLite does not wait as it does for all others."""
    last = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if str(error) != "database is locked" or time.monotonic() > last:
                raise
            time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - nothing secret
        else:
            return


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
