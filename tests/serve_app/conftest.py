"""A service's parts on an empty data folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Dialect

from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Base, Database, User, now
from serve_app.jobs import Jobs
from serve_app.settings import Settings
from tests.mariadb import MariaDb

_COMPILED: dict[str, tuple[Dialect, dict[Any, Any]]] = {}
"""By the kind of database, its statements that the tests before have compiled already."""

BOTH = pytest.mark.parametrize("backend", ["sqlite", "mariadb"], indirect=True)
"""Runs the tests of a module on SQLite and on MariaDB."""


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.time = now()

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **span: float) -> None:
        self.time += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a module asks for both with `pytestmark = BOTH`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def settings(tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> Settings:
    if backend == "sqlite":
        return Settings(data_dir=tmp_path / "data")
    url = request.getfixturevalue("tables")
    return Settings(data_dir=tmp_path / "data", database_url=url)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables and nothing in them: copying it is quicker than making it."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture(scope="session")
def tables(mariadb: MariaDb) -> str:
    """The address of the tables in MariaDB, which are made once."""
    url = mariadb.make()
    database = Database(url)
    database.upgrade()
    database.close()
    return url


@pytest.fixture
def database(
    settings: Settings, backend: str, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """The tables with nothing in them."""
    settings.data_dir.mkdir()
    if backend == "sqlite":
        empty = request.getfixturevalue("empty_database")
        shutil.copy(empty, settings.data_dir / "fitting-room.sqlite3")
    database = with_compiled_statements(Database(settings.database))
    if backend != "sqlite":
        with database.writing() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
    yield database
    database.close()


def with_compiled_statements(database: Database) -> Database:
    """A new engine compiles every statement anew, which takes most of the time of a short test."""
    engine = database.engine
    engine.dialect, known = _COMPILED.setdefault(engine.dialect.name, (engine.dialect, {}))
    database.engine = engine.execution_options(compiled_cache=known)
    return database


@pytest.fixture
def blobs(settings: Settings) -> FolderBlobs:
    return FolderBlobs(settings.pictures)


@pytest.fixture
def jobs(database: Database, blobs: FolderBlobs, settings: Settings, clock: Clock) -> Jobs:
    return Jobs(database, blobs, settings, clock)


def add_user(database: Database) -> str:
    with database.writing() as session:
        user = User()
        session.add(user)
        session.flush()
        return user.id


@pytest.fixture
def user(database: Database) -> str:
    return add_user(database)


@pytest.fixture
def picture() -> Picture:
    return Picture(b"the bytes of a picture", "image/png", 4, 3)
