"""Pictures of the gallery, what is rendered of it, reports, portraits, categories found."""

from __future__ import annotations

import sqlalchemy as sa

from serve_app.migrations.steps import (
    ID,
    TIME,
    add_columns,
    create_index,
    create_table,
    of_job,
    owner,
)

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run once a database, under a lock."""
    add_columns("users", sa.Column("portrait", sa.String(64)))
    create_index("ix_users_portrait", "users", ["portrait"])
    add_columns("jobs", sa.Column("category", sa.String(16)))
    _gallery()
    _renderings()
    _reports()


def _gallery() -> None:
    create_table(
        "gallery_pictures",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("credit", sa.String(200), nullable=False),
        sa.Column("licence", sa.String(64), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    create_index("ix_gallery_pictures_blob", "gallery_pictures", ["blob"])


def _renderings() -> None:
    create_table(
        "renderings",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("garment", sa.String(64), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("engine", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("confidence", sa.Float(53)),
        sa.Column("category", sa.String(16)),
        sa.Column("warnings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
    )
    create_index("ix_renderings_blob", "renderings", ["blob"])


def _reports() -> None:
    create_table(
        "reports",
        sa.Column("id", ID, primary_key=True),
        owner(),
        of_job(),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    create_index("ix_reports_user_id", "reports", ["user_id"])
    create_index("ix_reports_job_id", "reports", ["job_id"])
