"""Changes that may be made twice.

MySQL commits every change of a table at once, so a process that dies in the middle of a step leaves
half of it behind. Whoever comes next begins the step again and skips what is there.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

ID = sa.String(26)
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
_OPTIONS: dict[str, Any] = {
    f"{name}_{option}": value
    for name in ("mysql", "mariadb")
    for option, value in {"charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}


def owner(**options: Any) -> sa.Column[str]:
    """The column of the user whom a row goes with."""
    goes_with = sa.ForeignKey("users.id", ondelete="CASCADE")
    return sa.Column("user_id", ID, goes_with, nullable=False, **options)


def of_job(*, nullable: bool = False, **options: Any) -> sa.Column[str]:
    """The column of the job that a row goes with."""
    goes_with = sa.ForeignKey("jobs.id", ondelete="CASCADE")
    return sa.Column("job_id", ID, goes_with, nullable=nullable, **options)


def create_table(name: str, *parts: Any) -> None:
    """A new table; its indexes come after it."""
    if not _inspector().has_table(name):
        op.create_table(name, *parts, **_OPTIONS)


def add_columns(table: str, *columns: sa.Column[Any]) -> None:
    """Columns with a default, or that may be null."""
    known = {column["name"] for column in _inspector().get_columns(table)}
    for column in columns:
        if column.name not in known:
            op.add_column(table, column)


def create_index(name: str, table: str, columns: list[str], *, unique: bool = False) -> None:
    """A new index."""
    if name not in _indexes(table):
        op.create_index(name, table, columns, unique=unique)


def drop_index(name: str, table: str) -> None:
    """An index that nothing asks any more."""
    if name in _indexes(table):
        op.drop_index(name, table)


def _indexes(table: str) -> set[str | None]:
    return {index["name"] for index in _inspector().get_indexes(table)}


def _inspector() -> sa.Inspector:
    return sa.inspect(op.get_bind())
