"""What can be said of the tables without a database."""

from __future__ import annotations

import time

import pytest
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateTable

from serve_app.database import Base, new_id, retried
from serve_app.errors import DatabaseBusy


def test_a_transaction_that_was_in_another_s_way_comes_again() -> None:
    told = []

    @retried
    def work(times: int) -> str:
        told.append(times)
        if len(told) < times:
            raise DatabaseBusy("busy")
        return "done"

    assert work(3) == "done"
    assert told == [3, 3, 3]
    told.clear()
    with pytest.raises(DatabaseBusy):
        work(100)
    assert len(told) == 5


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
