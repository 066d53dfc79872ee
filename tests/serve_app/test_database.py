"""The tables: made once by many, on two kinds of database, in UTC."""

from __future__ import annotations

import multiprocessing
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from serve_app.database import Base, Database, Job, Token, User, new_id
from serve_app.errors import DatabaseUnavailable
from tests.serve_app.conftest import add_user


def _create(url: str) -> list[str]:
    database = Database(url)
    database.upgrade()
    names = inspect(database.engine).get_table_names()
    database.close()
    return names


def test_many_processes_may_start_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'database.sqlite3'}"
    with multiprocessing.get_context("fork").Pool(4) as pool:
        results = [pool.apply_async(_create, (url,)) for _ in range(8)]
        tables = {frozenset(result.get(timeout=30)) for result in results}
    assert tables == {frozenset({*Base.metadata.tables, "alembic_version"})}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_mysql_can_hold_every_table() -> None:
    made = {
        name: str(CreateTable(table).compile(dialect=mysql.dialect()))
        for name, table in Base.metadata.tables.items()
    }
    assert "DATETIME(6)" in made["jobs"]
    assert "VARCHAR" in made["jobs"]
    assert " DATETIME " not in "".join(made.values())
    assert all("COLLATE utf8mb4_bin" in statement for statement in made.values())


def test_ids_sort_by_age_and_are_never_the_same() -> None:
    early = new_id()
    time.sleep(0.002)
    later = [new_id() for _ in range(1000)]
    assert all(early < one for one in later)
    assert len(set(later)) == 1000
    assert {len(one) for one in later} == {26}


def test_times_come_back_in_utc(database: Database, user: str) -> None:
    abroad = datetime(2026, 3, 1, 9, 30, 0, 123456, timezone(timedelta(hours=8)))
    with database.writing() as session:
        session.add(Token(hash="h", user_id=user, expires_at=abroad))
    with database.reading() as session:
        token = session.get(Token, "h")
    assert token is not None
    assert token.expires_at == abroad
    assert token.expires_at.utcoffset() == timedelta(0)


def test_a_failed_block_changes_nothing(database: Database) -> None:
    def add_and_fail() -> None:
        with database.writing() as session:
            session.add(User(id="nobody"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    with database.reading() as session:
        assert session.get(User, "nobody") is None


def test_writers_take_turns(database: Database, user: str) -> None:
    """Read, think, write, from many threads: no change is lost."""
    with database.writing() as session:
        job = Job(user_id=user, kind="anime", expires_at=datetime.now(timezone.utc))
        session.add(job)

    def count_up() -> None:
        for _ in range(5):
            with database.writing() as session:
                own = session.get(Job, job.id, with_for_update=True)
                assert own is not None
                seen = own.attempt
                time.sleep(0.001)
                own.attempt = seen + 1

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalar(text("SELECT attempt FROM jobs")) == 20


def test_a_job_needs_an_owner_and_goes_with_it(database: Database) -> None:
    expires_at = datetime.now(timezone.utc)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(Job(user_id="nobody", kind="anime", expires_at=expires_at))
    owner = add_user(database)
    with database.writing() as session:
        session.add(Job(user_id=owner, kind="anime", expires_at=expires_at))
    with database.writing() as session:
        session.execute(text("DELETE FROM users"))
        assert session.scalar(text("SELECT count(*) FROM jobs")) == 0


def test_a_database_that_is_away_has_a_name(tmp_path: Path) -> None:
    gone = Database("mysql://nobody:nothing@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        gone.check()
    (tmp_path / "directory.sqlite3").mkdir()
    unopened = Database(f"sqlite:///{tmp_path / 'directory.sqlite3'}")
    with pytest.raises(DatabaseUnavailable):
        unopened.check()
