"""Identities, kinds of tokens, fair turns, kept answers, webhooks, consents, rate limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from serve_app.migrations.steps import (
    ID,
    LONG_TEXT,
    TIME,
    add_columns,
    create_index,
    create_table,
    drop_index,
    of_job,
    owner,
)

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run once a database, under a lock."""
    _users()
    _tokens()
    _jobs()
    _keys()
    _webhooks()
    _consents()
    _limits()


def _users() -> None:
    add_columns(
        "users",
        sa.Column("nickname", sa.String(64)),
        sa.Column("role", sa.String(16), nullable=False, server_default="user"),
        sa.Column("webhook_secret", sa.String(64)),
    )
    create_table(
        "identities",
        sa.Column("id", ID, primary_key=True),
        owner(),
        sa.Column("provider", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(190), nullable=False),
        sa.Column("secret_hash", sa.String(255)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_used_at", TIME),
        sa.UniqueConstraint("provider", "subject", name="identity_once"),
    )
    create_index("ix_identities_user_id", "identities", ["user_id"])


def _tokens() -> None:
    add_columns(
        "tokens",
        sa.Column("id", ID),
        sa.Column("kind", sa.String(16), nullable=False, server_default="access"),
        sa.Column("scopes", sa.JSON),
        sa.Column("name", sa.String(64)),
        sa.Column("family", ID),
        sa.Column("last_used_at", TIME),
        sa.Column("revoked_at", TIME),
    )
    # Tokens of the first release are called by the start of their hash.
    op.execute("UPDATE tokens SET id = SUBSTR(hash, 1, 26) WHERE id IS NULL")
    with op.batch_alter_table("tokens") as table:
        table.alter_column("id", existing_type=ID, nullable=False)
    create_index("ix_tokens_id", "tokens", ["id"], unique=True)
    create_index("ix_tokens_family", "tokens", ["family"])
    create_index("ix_tokens_expires_at", "tokens", ["expires_at"])


def _jobs() -> None:
    add_columns(
        "jobs",
        sa.Column("turn", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("forgiven", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("webhook_url", sa.Text),
        sa.Column("input_seconds", sa.Integer),
        sa.Column("result_seconds", sa.Integer),
        sa.Column("stages", sa.JSON),
    )
    create_index("jobs_in_line", "jobs", ["status", "priority", "turn", "id"])
    create_index("jobs_by_owner_in_line", "jobs", ["status", "user_id", "priority", "turn"])
    drop_index("jobs_by_turn", "jobs")


def _keys() -> None:
    add_columns(
        "idempotency_keys",
        sa.Column("locked_until", TIME),
        sa.Column("answer_status", sa.Integer),
        sa.Column("answer_headers", sa.JSON),
        sa.Column("answer_body", LONG_TEXT),
    )
    with op.batch_alter_table("idempotency_keys") as table:
        table.alter_column("job_id", existing_type=ID, nullable=True)


def _webhooks() -> None:
    create_table(
        "webhook_deliveries",
        sa.Column("id", ID, primary_key=True),
        of_job(),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", TIME),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.String(255)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("done_at", TIME),
        sa.UniqueConstraint("job_id", "event", name="webhook_once"),
    )
    create_index("webhook_in_line", "webhook_deliveries", ["state", "next_attempt_at"])


def _consents() -> None:
    create_table(
        "consents",
        sa.Column("id", ID, primary_key=True),
        owner(),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("given_at", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME),
    )
    create_index("consents_by_owner", "consents", ["user_id", "kind"])


def _limits() -> None:
    create_table(
        "rate_limits",
        sa.Column("bucket", sa.String(160), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("level", sa.Float(53), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    create_index("ix_rate_limits_expires_at", "rate_limits", ["expires_at"])
