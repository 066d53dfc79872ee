"""Limits of a minute, in one replica and in several, on both databases."""

from __future__ import annotations

import random
import threading
from datetime import datetime, timezone

import pytest
from sqlalchemy import event, select

from serve_app.database import Database, RateLimit
from serve_app.errors import DatabaseUnavailable, RateLimited
from serve_app.rates import Rates
from tests.serve_app.conftest import BOTH, Clock

pytestmark = BOTH


@pytest.fixture
def clock() -> Clock:
    """At the beginning of a window."""
    clock = Clock()
    clock.time = datetime(2026, 1, 1, tzinfo=timezone.utc)
    return clock


def allowed(rates: Rates, limit: int, tries: int, who: str = "anna") -> int:
    """How many of so many requests pass."""
    return sum(passes(rates, limit, who) for _ in range(tries))


def passes(rates: Rates, limit: int, who: str = "anna") -> bool:
    try:
        rates.take("requests", who, limit)
    except RateLimited:
        return False
    return True


@pytest.mark.parametrize("limit", [1, 5, 19, 100, 1234])
def test_one_replica_is_exact(database: Database, clock: Clock, limit: int) -> None:
    rates = Rates(database, clock)
    assert allowed(rates, limit, limit + 50) == limit
    assert allowed(rates, limit, 1, "somebody else") == 1


def test_nobody_waits_without_a_limit(database: Database, clock: Clock) -> None:
    assert allowed(Rates(database, clock), 0, 1000) == 1000


@pytest.mark.parametrize("replicas", [2, 5])
@pytest.mark.parametrize("limit", [4, 19, 100, 600])
def test_several_replicas_keep_the_stated_error(
    database: Database, clock: Clock, replicas: int, limit: int
) -> None:
    many = [Rates(database, clock) for _ in range(replicas)]
    source = random.Random(limit)
    passed = sum(passes(source.choice(many), limit) for _ in range(limit * 3))
    assert limit <= passed <= limit + (replicas - 1) * (limit // 10 if limit >= 20 else 0)


def test_a_replica_that_slept_learns_of_the_others(database: Database, clock: Clock) -> None:
    first, second = Rates(database, clock), Rates(database, clock)
    assert passes(second, 100)
    assert allowed(first, 100, 200) == 100
    assert allowed(second, 100, 200) < 10


def test_threads_do_not_lose_counts(database: Database, clock: Clock) -> None:
    rates, passed = Rates(database, clock), []

    def work() -> None:
        passed.append(allowed(rates, 100, 60))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 91 <= sum(passed) <= 100


def test_the_window_slides(database: Database, clock: Clock) -> None:
    rates = Rates(database, clock)
    clock.forward(seconds=59)
    assert allowed(rates, 100, 200) == 100
    clock.forward(seconds=2)  # a fixed window would let another hundred through
    assert allowed(rates, 100, 200) <= 3
    clock.forward(seconds=30)
    assert 40 <= allowed(rates, 100, 200) <= 55
    clock.forward(seconds=180)
    assert allowed(rates, 100, 200) == 100


@pytest.mark.parametrize("limit", [1, 10, 200])
@pytest.mark.parametrize("at", [0, 20, 59])
def test_who_waits_as_told_gets_in(database: Database, clock: Clock, limit: int, at: int) -> None:
    rates = Rates(database, clock)
    clock.forward(seconds=at)
    allowed(rates, limit, limit)
    with pytest.raises(RateLimited) as caught:
        rates.take("requests", "anna", limit)
    seconds = caught.value.seconds
    assert seconds is not None
    assert 1 <= seconds <= 60
    waited = 0
    while not passes(rates, limit):
        clock.forward(seconds=seconds)
        waited += 1
        assert waited <= 2, "after a second wait at the latest"


def test_a_restart_does_not_forget(database: Database, clock: Clock) -> None:
    allowed(Rates(database, clock), 100, 100)
    assert allowed(Rates(database, clock), 100, 200) < 10


def test_most_requests_cost_no_statement(database: Database, clock: Clock) -> None:
    rates, statements = Rates(database, clock), 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(database.engine, "before_cursor_execute", count)
    allowed(rates, 1000, 900)
    assert 0 < statements < 60


def test_a_database_that_is_away_stops_nobody(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = Rates(database, clock)

    def away(*_: object) -> None:
        raise DatabaseUnavailable("It does not answer.")

    monkeypatch.setattr(rates, "_shared", away)
    assert allowed(rates, 100, 200) == 100, "and this replica still counts"


def test_who_it_was_does_not_stand_in_the_table(database: Database, clock: Clock) -> None:
    rates = Rates(database, clock)
    allowed(rates, 1, 1, "192.0.2.7")
    with database.reading() as session:
        (row,) = session.scalars(select(RateLimit)).all()
    assert "192.0.2.7" not in row.bucket
    assert len(row.bucket) <= 160
