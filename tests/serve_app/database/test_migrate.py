"""The tables are made once by many, brought up to date, and those of the code."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest
from alembic import command
from sqlalchemy import event, inspect, select, text

from serve_app.database import Base, Database, IdempotencyKey, Job, Token
from serve_app.database.migrate import Version, config, drift, upgrade
from serve_app.errors import DatabaseTooNew
from serve_app.settings import Settings
from tests.mariadb import MariaDb
from tests.serve_app.conftest import BOTH

pytestmark = BOTH


@pytest.fixture
def empty(settings: Settings, backend: str, request: pytest.FixtureRequest) -> str:
    """The address of a database without tables."""
    if backend == "sqlite":
        return settings.database
    server: MariaDb = request.getfixturevalue("mariadb")
    return server.make()


def _upgrade(url: str) -> list[str]:
    database = Database(url)
    database.upgrade()
    names = inspect(database.engine).get_table_names()
    database.close()
    return names


def test_many_processes_may_start_at_once(empty: str, settings: Settings, backend: str) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        results = [pool.apply_async(_upgrade, (empty,)) for _ in range(8)]
        tables = {frozenset(result.get(timeout=60)) for result in results}
    assert tables == {frozenset({*Base.metadata.tables, "alembic_version"})}
    if backend == "sqlite":
        assert settings.data_dir.stat().st_mode & 0o777 == 0o700


def test_the_tables_are_those_of_the_code(database: Database) -> None:
    assert drift(database.engine) == []
    assert database.version().is_current


@pytest.mark.parametrize(
    "change",
    [
        "DROP INDEX jobs_in_line",
        "ALTER TABLE jobs ADD COLUMN more INTEGER",
        "ALTER TABLE users DROP COLUMN nickname",
        "DROP TABLE consents",
    ],
)
def test_a_table_that_is_not_that_of_the_code_is_seen(
    empty: str, backend: str, change: str
) -> None:
    database = Database(empty)
    database.upgrade()
    if backend == "mariadb" and change.startswith("DROP INDEX"):
        change += " ON jobs"
    with database.writing() as session:
        session.execute(text(change))
    assert drift(database.engine)
    database.close()


def test_a_database_of_the_first_release_is_taken_over(empty: str) -> None:
    """Its tables have no history, and rows in them."""
    database = Database(empty)
    make_first_release(database)
    assert database.version().current is None
    database.upgrade()
    assert drift(database.engine) == []
    with database.reading() as session:
        token, job = session.scalars(select(Token)).one(), session.scalars(select(Job)).one()
        key = session.scalars(select(IdempotencyKey)).one()
    assert (token.id, token.kind, token.scopes) == (token.hash[:26], "access", None)
    assert (job.turn, job.status, job.forgiven) == (0, "queued", 0)
    assert (key.job_id, key.answer_status) == (job.id, None)
    database.close()


def make_first_release(database: Database) -> None:
    """As `create_all` made them, before there were steps."""
    with database.engine.execution_options(writes=True).begin() as connection:
        command.upgrade(config(connection), "0001")
        connection.execute(text("CREATE INDEX jobs_by_turn ON jobs (status, priority, id)"))
        connection.execute(text("DROP TABLE alembic_version"))
        for statement in (
            "INSERT INTO users VALUES ('u', '2026-01-01 00:00:00')",
            "INSERT INTO tokens VALUES (REPEATED, 'u', '2026-01-01', '2027-01-01')".replace(
                "REPEATED", repr("ab" * 32)
            ),
            "INSERT INTO jobs (id, user_id, kind, status, parameters, priority, created_at, "
            "expires_at, attempt, progress, warnings) VALUES ('j', 'u', 'anime', 'queued', '{}', "
            "0, '2026-01-01', '2027-01-01', 0, 0.0, '[]')",
            "INSERT INTO idempotency_keys VALUES ('u', 'key', 'hash', 'j', '2027-01-01')",
        ):
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("survived", [1, 15, 30])
def test_a_step_that_broke_off_is_done_again(empty: str, survived: int) -> None:
    """MySQL commits each change of a table by itself; a process may die after any of them."""
    database = Database(empty)
    make_first_release(database)
    left = [survived]

    @event.listens_for(database.engine, "before_cursor_execute")
    def die(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().startswith(("CREATE", "ALTER", "DROP", "UPDATE", "INSERT")):
            left[0] -= 1
            if left[0] < 0:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        upgrade(database.engine)
    event.remove(database.engine, "before_cursor_execute", die)
    database.upgrade()
    assert drift(database.engine) == []
    with database.reading() as session:
        assert session.scalars(select(Token.id)).one() == "ab" * 13
    database.close()


def test_a_later_release_s_database_is_left_alone(empty: str) -> None:
    database = Database(empty)
    database.upgrade()
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew):
        database.upgrade()
    assert database.version() == Version("9999", database.version().head)
    database.close()
