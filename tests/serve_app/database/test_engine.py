"""Reading and writing, on two kinds of database, in UTC."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from serve_app.database import Database, Job, Token, User, retried
from serve_app.errors import DatabaseUnavailable
from tests.serve_app.conftest import BOTH, add_user

pytestmark = BOTH


def test_two_that_wait_for_each_other_both_get_through(database: Database) -> None:
    """A real deadlock, on the database that has such."""
    first, second = add_user(database), add_user(database)
    together = threading.Barrier(2)

    @retried
    def rename(one: str, other: str) -> None:
        with database.writing() as session:
            for user_id in (one, other):
                session.execute(update(User).where(User.id == user_id).values(nickname=one))
                if user_id == one and database.engine.dialect.name != "sqlite":
                    with suppress(threading.BrokenBarrierError):
                        together.wait(timeout=1)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(rename, (first, second), (second, first)))
    with database.reading() as session:
        names = set(session.scalars(select(User.nickname)))
    assert len(names) == 1
    assert names < {first, second}


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


def test_a_database_that_is_away_has_a_name(tmp_path: Path, backend: str) -> None:
    (tmp_path / "directory.sqlite3").mkdir()
    url = f"sqlite:///{tmp_path / 'directory.sqlite3'}"
    away = Database(url if backend == "sqlite" else "mysql://nobody:nothing@127.0.0.1:1/none")
    for ask in (away.check, away.upgrade, away.version):
        with pytest.raises(DatabaseUnavailable):
            ask()
