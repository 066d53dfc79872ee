"""What Alembic runs: the steps, on the connection that it is given."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from serve_app.database.migrate import differs
from serve_app.database.tables import Base


def run(connection: Connection) -> None:
    """SQLite cannot change a column in place: there a table is made anew and its rows copied."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=differs,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
