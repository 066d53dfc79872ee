"""Fills the tables as years of use would: almost all jobs are over, some wait, a few run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Insert,
    Integer,
    String,
    Subquery,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
)

from serve_app.database import (
    Database,
    IdempotencyKey,
    Job,
    JobInput,
    RateLimit,
    Result,
    Token,
    User,
    now,
)

_Columns: TypeAlias = dict[str, ColumnElement[Any]]

USERS = 1000
_AT_ONCE = 10_000
_ZEROS = "0" * 26


def fill(database: Database, jobs: int, waiting: int) -> None:
    """`jobs` jobs (a power of ten) of 1000 users, of which `waiting` wait and a tenth as many run.

    The database makes the rows of itself, ten thousand at a time.
    """
    moment = now()
    _write(database, [_users(moment)])
    for first in range(0, jobs, _AT_ONCE):
        rows = first + _numbers(min(_AT_ONCE, jobs))
        _write(database, [*_jobs(rows, jobs, waiting, moment), *_others(rows, moment)])
    _learn(database)


def _write(database: Database, statements: list[Insert]) -> None:
    with database.writing() as session:
        for statement in statements:
            session.execute(statement)


def owner(number: int) -> str:
    """The id of a user."""
    return f"{number:026d}"


def _learn(database: Database) -> None:
    """What a server does of itself, sooner or later. SQLite never does, and must do without."""
    if database.engine.dialect.name != "sqlite":
        with database.writing() as session:
            for table in ("users", "tokens", "jobs", "job_inputs", "results", "idempotency_keys"):
                session.execute(text(f"ANALYZE TABLE {table}"))


def _numbers(count: int) -> ColumnElement[int]:
    """A column that runs through 0 … count-1, for a power of ten."""
    digits = [_digit(place) for place in range(len(str(count - 1)))]
    source: FromClause = digits[0]
    for digit in digits[1:]:
        source = source.join(digit, digit.c.i >= digits[0].c.i - 10)  # each with each
    parts = (digit.c.i * 10**place for place, digit in enumerate(digits))
    total: Any = sum(parts, literal(0, Integer))
    return select(total.label("n")).select_from(source).subquery().c.n


def _digit(place: int) -> Subquery:
    ten = union_all(*(select(literal(digit, Integer).label("i")) for digit in range(10)))
    return ten.subquery(f"digit{place}")


def _id(number: ColumnElement[int]) -> ColumnElement[str]:
    """26 digits."""
    return func.substr(_ZEROS + cast(number, String(26)), func.length(cast(number, String(26))) + 1)


def _users(moment: datetime) -> Insert:
    number = _numbers(USERS)
    rows = select(_id(number), literal(moment, User.created_at.type), literal("user"))
    return insert(User).from_select(["id", "created_at", "role"], rows)


def _jobs(n: ColumnElement[int], count: int, waiting: int, moment: datetime) -> list[Insert]:
    status = case(
        (n >= count - waiting, "queued"),
        (n >= count - waiting - waiting // 10, "running"),
        (n % 10 == 0, "succeeded"),
        (n % 10 == 1, "failed"),
        (n % 10 == 2, "canceled"),
        else_="expired",
    )
    soon = literal(moment + timedelta(hours=12), Job.expires_at.type)
    values: _Columns = {
        "id": _id(n),
        "user_id": _id(n % USERS),
        "kind": literal("anime"),
        "status": status,
        "parameters": literal({"style": "cel"}, Job.parameters.type),
        "priority": literal(0),
        "turn": cast(func.floor(n / USERS), Integer),
        "forgiven": literal(0),
        "created_at": literal(moment, Job.created_at.type),
        "finished_at": case((n < count - waiting - waiting // 10, soon), else_=None),
        "expires_at": soon,
        "attempt": literal(1),
        "lease_until": case((status == "running", soon), else_=None),
        "progress": literal(0.0),
        "warnings": literal([], Job.warnings.type),
    }
    picture: _Columns = {
        "blob": _id(n) + literal("000000"),
        "media_type": literal("image/png"),
        "width": literal(1),
        "height": literal(1),
        "sha256": literal("0" * 64),
    }
    inputs: _Columns = {"job_id": _id(n), "role": literal("image"), **picture, "expires_at": soon}
    results: _Columns = {"job_id": _id(n), **picture, "bytes": literal(1)}
    return [
        insert(Job).from_select(list(values), select(*values.values())),
        insert(JobInput).from_select(
            list(inputs), select(*inputs.values()).where(status.in_(("queued", "succeeded")))
        ),
        insert(Result).from_select(
            list(results), select(*results.values()).where(status == "succeeded")
        ),
    ]


def _others(n: ColumnElement[int], moment: datetime) -> list[Insert]:
    """A tenth as many of everything else."""
    soon = literal(moment + timedelta(hours=12), Job.expires_at.type)
    made = literal(moment, Job.created_at.type)
    tokens: _Columns = {
        "hash": _id(n) + literal("0" * 38),
        "id": _id(n),
        "user_id": _id(n % USERS),
        "kind": literal("access"),
        "created_at": made,
        "expires_at": soon,
    }
    keys: _Columns = {
        "user_id": _id(n % USERS),
        "key": _id(n),
        "parameters_hash": literal("0" * 64),
        "job_id": _id(n),
        "expires_at": soon,
    }
    limits: _Columns = {
        "bucket": _id(n),
        "count": literal(1),
        "level": literal(0.0),
        "updated_at": made,
        "expires_at": soon,
    }
    return [
        insert(table).from_select(list(values), select(*values.values()).where(n % 10 == 0))
        for table, values in ((Token, tokens), (IdempotencyKey, keys), (RateLimit, limits))
    ]
