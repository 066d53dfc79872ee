"""A new SQLite file, which several processes may find at the same moment."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from serve_app.database import Database, engine
from serve_app.errors import DatabaseBusy


def test_who_finds_somebody_writing_in_a_new_file_waits(tmp_path: Path) -> None:
    """SQLite itself does not wait where the file is to become one with a write-ahead log."""
    file = tmp_path / "new.sqlite3"
    writer = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("CREATE TABLE marks (mark)")
    done = threading.Timer(0.3, writer.execute, ("COMMIT",))
    done.start()
    database = Database(f"sqlite:///{file}")
    with database.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("SELECT count(*) FROM marks")) == 0
    done.join()
    database.close()
    writer.close()


def test_it_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_BUSY_SECONDS", 0.1)
    writer = sqlite3.connect(tmp_path / "new.sqlite3", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    with pytest.raises(DatabaseBusy):
        database.check()
    database.close()
    writer.close()
