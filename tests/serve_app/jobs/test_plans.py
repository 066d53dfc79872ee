"""How the databases find rows: by an index, never by going through a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from benchmarks.crowd import fill, owner
from serve_app.blobs import FolderBlobs, Picture
from serve_app.database import Base, Database
from serve_app.jobs import Jobs
from serve_app.settings import Settings
from tests.mariadb import MariaDb
from tests.serve_app.conftest import BOTH, Clock
from tests.serve_app.jobs.steps import RESULT, claim, succeed

pytestmark = BOTH

Plan = list[dict[str, Any]]
USER = owner(7)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, Any], Database]]:
    """A database of each kind with ten thousand jobs in it, made when it is first asked for."""
    made: dict[str, Database] = {}

    def crowd(backend: str, server: Any) -> Database:
        if backend not in made:
            file = tmp_path_factory.mktemp("crowd") / "crowd.sqlite3"
            url = f"sqlite:///{file}" if backend == "sqlite" else server().make()
            made[backend] = Database(url)
            made[backend].upgrade()
            fill(made[backend], 10_000, 500)
        return made[backend]

    yield crowd
    for database in made.values():
        database.close()


@pytest.fixture
def crowd(
    crowded: Callable[[str, Any], Database],
    backend: str,
    request: pytest.FixtureRequest,
) -> Database:
    def server() -> MariaDb:
        found: MariaDb = request.getfixturevalue("mariadb")
        return found

    return crowded(backend, server)


@pytest.fixture
def jobs(crowd: Database, blobs: FolderBlobs, settings: Settings, clock: Clock) -> Jobs:
    return Jobs(crowd, blobs, settings, clock)


class Seen:
    """Every statement that goes to a database, and the way in which it finds its rows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.plans: dict[str, Plan] = {}
        self._asking = False

    def __call__(
        self, connection: Connection, _cursor: Any, statement: str, parameters: Any, *_more: Any
    ) -> None:
        verb = statement.lstrip().split()[0]
        if self._asking or verb not in ("SELECT", "UPDATE", "DELETE"):
            return
        self._asking = True
        how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
        found = connection.exec_driver_sql(how + statement, parameters)
        self.plans[statement] = [dict(row) for row in found.mappings()]
        self._asking = False

    def slow(self) -> dict[str, Plan]:
        """Those that go through a whole table or a whole index, or sort what they find."""
        judge = _slow_sqlite if self.database.engine.dialect.name == "sqlite" else _slow_mariadb
        return {
            statement: plan
            for statement, plan in self.plans.items()
            if any(judge(step) for step in plan)
        }


def _slow_sqlite(step: dict[str, Any]) -> bool:
    detail = str(step["detail"])
    table = detail.removeprefix("SCAN ").split()[0]
    return (detail.startswith("SCAN ") and table in Base.metadata.tables) or "TEMP B-TREE" in detail


def _slow_mariadb(step: dict[str, Any]) -> bool:
    if step["table"] not in Base.metadata.tables:
        return False
    return step["type"] in ("ALL", "index") or "filesort" in str(step["Extra"])


@contextmanager
def seen(database: Database) -> Iterator[Seen]:
    found = Seen(database)
    event.listen(database.engine, "before_cursor_execute", found)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", found)


def act_submit(jobs: Jobs, picture: Picture) -> None:
    jobs.submit(USER, "anime", {}, {"image": picture}, "a key")


def act_claim(jobs: Jobs, picture: Picture) -> None:
    claimed = claim(jobs)
    assert jobs.renew(claimed.id, claimed.attempt)
    assert jobs.report(claimed.id, claimed.attempt, "pose", 0.5)
    assert jobs.put_back(claimed.id, claimed.attempt)
    assert succeed(jobs, claim(jobs))


def act_look(jobs: Jobs, picture: Picture) -> None:
    page = jobs.history(USER, limit=20)
    assert len(page) >= 10
    jobs.history(USER, before=page[5].job.id, limit=20)
    waiting = next(one for one in page if one.job.status == "queued")
    assert (jobs.snapshot(USER, waiting.job.id).position or 0) > 1


def act_end(jobs: Jobs, picture: Picture) -> None:
    job_id = jobs.submit(USER, "anime", {}, {"image": picture})
    jobs.cancel(USER, job_id)
    jobs.delete(USER, job_id)


def act_take_back(jobs: Jobs, picture: Picture) -> None:
    assert jobs.take_back() == 0


def act_sweep(jobs: Jobs, picture: Picture) -> None:
    assert jobs.sweep() == 0


def act_list(jobs: Jobs, picture: Picture) -> None:
    assert jobs.every(user_id=USER, limit=50)


def act_draft(jobs: Jobs, picture: Picture) -> None:
    draft = jobs.keep_garment(USER, "page", picture)
    assert jobs.draft_called(USER, "page")
    jobs.choose_person(USER, "page", "anna")
    assert jobs.shown_of(draft.id)


ACTS = [act_submit, act_claim, act_look, act_end, act_take_back, act_sweep, act_list, act_draft]


@pytest.mark.parametrize("act", ACTS, ids=[act.__name__.removeprefix("act_") for act in ACTS])
def test_no_statement_goes_through_a_table(
    jobs: Jobs, crowd: Database, picture: Picture, act: Callable[[Jobs, Picture], None]
) -> None:
    with seen(crowd) as found:
        act(jobs, picture)
    assert found.plans
    assert found.slow() == {}


def test_the_next_job_is_the_first_entry_of_an_index(jobs: Jobs, crowd: Database) -> None:
    with seen(crowd) as found:
        claimed = claim(jobs)
    assert jobs.put_back(claimed.id, claimed.attempt)
    (plan,) = (plan for text, plan in found.plans.items() if "ORDER BY jobs.priority" in text)
    if crowd.engine.dialect.name == "sqlite":
        assert [step["detail"] for step in plan] == [
            "SEARCH jobs USING INDEX jobs_in_line (status=?)"
        ]
    else:
        assert [(step["key"], step["type"]) for step in plan] == [("jobs_in_line", "ref")]


def test_what_is_slow_is_seen(crowd: Database) -> None:
    """The test's own eyes: a search by what has no index."""
    with seen(crowd) as found, crowd.reading() as session:
        session.connection().exec_driver_sql("SELECT id FROM jobs WHERE error_name = 'x'")
        session.connection().exec_driver_sql("SELECT id FROM jobs WHERE id = 'x'")
    assert [text[-16:] for text in found.slow()] == ["error_name = 'x'"]


def test_a_result_is_kept_of_what_was_claimed(jobs: Jobs, blobs: FolderBlobs) -> None:
    claimed = claim(jobs)
    assert succeed(jobs, claimed)
    user = jobs.one(claimed.id).user_id
    assert blobs.read(jobs.result(user, claimed.id).blob) == RESULT.data
