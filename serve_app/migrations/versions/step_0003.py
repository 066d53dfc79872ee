"""What is sent ahead of a job."""

from __future__ import annotations

import sqlalchemy as sa

from serve_app.migrations.steps import ID, TIME, create_index, create_table, owner

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run once a database, under a lock."""
    create_table(
        "drafts",
        sa.Column("id", ID, primary_key=True),
        owner(),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("person", sa.String(64)),
        sa.Column("blob", sa.String(64)),
        sa.Column("media_type", sa.String(64)),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("job_id", ID, sa.ForeignKey("jobs.id", ondelete="SET NULL")),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    create_index("drafts_by_owner", "drafts", ["user_id", "name", "id"])
    create_index("ix_drafts_job_id", "drafts", ["job_id"])
    create_index("ix_drafts_blob", "drafts", ["blob"])
    create_index("ix_drafts_expires_at", "drafts", ["expires_at"])
