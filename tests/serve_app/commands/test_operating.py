"""`db`, `jobs` and `tokens`, as an operator types them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from serve_app.blobs import FolderBlobs, Picture
from serve_app.cli import app
from serve_app.database import Database, User
from serve_app.errors import InvalidRequest, JobNotFound, KeyNotFound, TokenInvalid
from serve_app.identity import Identity
from serve_app.jobs import Jobs
from serve_app.settings import Settings
from tests.serve_app.conftest import BOTH
from tests.serve_app.jobs.steps import claim, submit, succeed

pytestmark = BOTH


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITTING_ROOM_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("FITTING_ROOM_DATABASE_URL", settings.database_url)


def run(*arguments: str, code: int = 0, answer: str | None = None) -> Result:
    result = CliRunner().invoke(app, arguments, input=answer)
    assert result.exit_code == code, result.output
    return result


def fault(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments).exception


def test_the_tables_are_told_and_brought_up_to_date(
    settings: Settings, backend: str, request: pytest.FixtureRequest, monkeypatch: Any
) -> None:
    if backend == "mariadb":
        url = request.getfixturevalue("mariadb").make()
        monkeypatch.setenv("FITTING_ROOM_DATABASE_URL", url)
    assert "current   none" in run("db", "status", code=1).output
    assert re.match(r"empty → \d{4}\n", run("db", "upgrade").output)
    assert run("db", "upgrade").output == "up to date\n"
    told = run("db", "status").output
    assert "secret" not in told
    database = Database(Settings().database)
    with database.writing() as session:
        session.execute(text("DROP TABLE consents"))
    database.close()
    assert "consents" in run("db", "status", code=1).output


def test_jobs_are_listed_and_shown(
    database: Database, jobs: Jobs, user: str, picture: Picture
) -> None:
    first, second = submit(jobs, user, picture), submit(jobs, user, picture)
    claimed = claim(jobs)
    jobs.fail(claimed.id, claimed.attempt, "PersonNotFound", "Nobody.", "Send another.")
    told = run("jobs", "list").output
    assert first in told
    assert second in told
    assert "PersonNotFound" in told
    assert first not in run("jobs", "list", "--status", "queued").output
    assert second not in run("jobs", "list", "--user", "nobody").output
    shown = json.loads(run("jobs", "show", claimed.id).output)
    assert (shown["status"], shown["error_hint"]) == ("failed", "Send another.")
    assert isinstance(fault("jobs", "show", "nothing"), JobNotFound)


def test_a_failed_job_is_started_again(
    database: Database, jobs: Jobs, user: str, picture: Picture
) -> None:
    job_id = submit(jobs, user, picture)
    jobs.fail(job_id, claim(jobs).attempt, "StorageUnavailable", "The disk is full.")
    assert run("jobs", "requeue", job_id).output == f"{job_id}  queued\n"
    assert succeed(jobs, claim(jobs))


def test_jobs_are_purged_when_that_is_meant(
    database: Database, jobs: Jobs, blobs: FolderBlobs, user: str, picture: Picture
) -> None:
    submit(jobs, user, picture)
    succeed(jobs, claim(jobs))
    run("jobs", "purge", "--older-than", "0", code=1, answer="n\n")
    assert len(list(blobs.names())) == 3
    assert run("jobs", "purge", "--older-than", "1", "--yes").output == "0 jobs erased\n"
    assert run("jobs", "purge", "--older-than", "0", "--yes").output == "1 jobs erased\n"
    assert list(blobs.names()) == []


def test_a_key_opens_until_it_is_revoked(database: Database, settings: Settings) -> None:
    told = dict(line.split(maxsplit=1) for line in run("tokens", "create").output.splitlines())
    identity = Identity(database, settings)
    principal = identity.principal(told["key"])
    assert (principal.user_id, principal.admin) == (told["user"], False)
    assert principal.scopes == frozenset({"jobs:read", "jobs:write"})
    run("tokens", "revoke", told["id"])
    with pytest.raises(TokenInvalid):
        identity.principal(told["key"])
    assert isinstance(fault("tokens", "revoke", told["id"]), KeyNotFound)


def test_an_administrator_is_made(database: Database, settings: Settings, user: str) -> None:
    made = run("tokens", "create", "--user", user, "--scope", "jobs:read", "--admin").output
    told = dict(line.split(maxsplit=1) for line in made.splitlines())
    principal = Identity(database, settings).principal(told["key"])
    assert (principal.user_id, principal.admin) == (user, True)
    assert principal.scopes == frozenset({"jobs:read", "admin"})
    with database.reading() as session:
        assert session.get_one(User, user).role == "admin"
    run("tokens", "create", "--scope", "everything", code=2)
    assert isinstance(fault("tokens", "create", "--user", "nobody"), InvalidRequest)
