"""The pictures on the way to a result, where they were asked for."""

from __future__ import annotations

import sqlalchemy as sa

from serve_app.migrations.steps import create_index, create_table, of_job

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run once a database, under a lock."""
    create_table(
        "panels",
        of_job(primary_key=True),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
    )
    create_index("ix_panels_blob", "panels", ["blob"])
