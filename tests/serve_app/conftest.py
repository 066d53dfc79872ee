"""A service's parts on an empty data folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Database, User, now
from serve_app.jobs import Jobs
from serve_app.settings import Settings


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
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables and nothing in them: copying it is quicker than making it."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture
def database(settings: Settings, empty_database: Path) -> Iterator[Database]:
    settings.data_dir.mkdir()
    shutil.copy(empty_database, settings.data_dir / "fitting-room.sqlite3")
    database = Database(settings.database)
    yield database
    database.close()


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
