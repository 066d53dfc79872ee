"""Users, tokens, jobs with their pictures, idempotency keys.

The first release made these tables without a history: where they are, they stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa

from serve_app.migrations.steps import ID, TIME, create_index, create_table, of_job, owner

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run once a database, under a lock."""
    _users()
    _jobs()
    _pictures()
    _keys()


def _users() -> None:
    create_table(
        "users",
        sa.Column("id", ID, primary_key=True),
        sa.Column("created_at", TIME, nullable=False),
    )
    create_table(
        "tokens",
        sa.Column("hash", sa.String(64), primary_key=True),
        owner(),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    create_index("ix_tokens_user_id", "tokens", ["user_id"])


def _jobs() -> None:
    create_table(
        "jobs",
        sa.Column("id", ID, primary_key=True),
        owner(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(128)),
        sa.Column("lease_until", TIME),
        sa.Column("stage", sa.String(64)),
        sa.Column("progress", sa.Float(53), nullable=False),
        sa.Column("engine", sa.JSON),
        sa.Column("timings", sa.JSON),
        sa.Column("confidence", sa.Float(53)),
        sa.Column("warnings", sa.JSON, nullable=False),
        sa.Column("error_name", sa.String(64)),
        sa.Column("error_message", sa.Text),
        sa.Column("error_hint", sa.Text),
    )
    create_index("jobs_by_lease", "jobs", ["status", "lease_until"])
    create_index("jobs_by_expiry", "jobs", ["status", "expires_at"])
    create_index("jobs_by_owner", "jobs", ["user_id", "id"])


def _pictures() -> None:
    create_table(
        "job_inputs",
        of_job(primary_key=True),
        sa.Column("role", sa.String(16), primary_key=True),
        sa.Column("blob", sa.String(64), nullable=False),
        *_picture(),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    create_table(
        "results",
        of_job(primary_key=True),
        sa.Column("blob", sa.String(64), nullable=False),
        *_picture(),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    create_index("ix_job_inputs_blob", "job_inputs", ["blob"])
    create_index("ix_job_inputs_expires_at", "job_inputs", ["expires_at"])
    create_index("ix_results_blob", "results", ["blob"])


def _picture() -> list[sa.Column[object]]:
    return [
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
    ]


def _keys() -> None:
    create_table(
        "idempotency_keys",
        owner(primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("parameters_hash", sa.String(64), nullable=False),
        of_job(),
        sa.Column("expires_at", TIME, nullable=False),
    )
    create_index("ix_idempotency_keys_job_id", "idempotency_keys", ["job_id"])
    create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"])
