"""The tables, and the two ways into them: reading and writing.

SQLite when nothing is configured, MySQL 8 or MariaDB from 10.6 on by URL. Times are UTC.

    users             id, nickname, portrait, role, webhook_secret, created_at
    identities        id, user_id, provider, subject, secret_hash, created_at, last_used_at
    tokens            hash, id, user_id, kind, scopes, name, family, created_at, expires_at,
                      last_used_at, revoked_at
    jobs              id, user_id, kind, status, parameters, priority, turn, webhook_url,
                      input_seconds, result_seconds, attempt, forgiven, worker, lease_until, stage,
                      stages, progress, engine, timings, confidence, category, warnings,
                      error_name, error_message, error_hint, created_at, started_at, finished_at,
                      expires_at
    job_inputs        job_id, role, blob, media_type, width, height, sha256, expires_at
    results           job_id, blob, media_type, width, height, bytes, sha256
    panels            job_id, blob, media_type
    idempotency_keys  user_id, key, parameters_hash, job_id, locked_until, answer_status,
                      answer_headers, answer_body, expires_at
    webhook_deliveries  id, job_id, event, state, attempt, next_attempt_at, last_status,
                      last_error, created_at, done_at
    consents          id, user_id, kind, version, given_at, withdrawn_at
    drafts            id, user_id, name, person, blob, media_type, width, height, job_id,
                      created_at, expires_at
    rate_limits       bucket, count, level, updated_at, expires_at
    gallery_pictures  id, kind, category, title, credit, licence, blob, sha256, created_at
    renderings        key, person, garment, blob, media_type, width, height, engine, confidence,
                      category, warnings, made_at
    reports           id, user_id, job_id, reason, words, created_at
"""

from __future__ import annotations

from serve_app.database.engine import Database, retried, rows_touched
from serve_app.database.showcase import GalleryPicture, Rendering, Report
from serve_app.database.tables import (
    Base,
    Consent,
    Draft,
    IdempotencyKey,
    Identification,
    Job,
    JobInput,
    Panel,
    RateLimit,
    Result,
    Token,
    User,
    UtcTime,
    WebhookDelivery,
    new_id,
    now,
)

__all__ = [
    "Base",
    "Consent",
    "Database",
    "Draft",
    "GalleryPicture",
    "IdempotencyKey",
    "Identification",
    "Job",
    "JobInput",
    "Panel",
    "RateLimit",
    "Rendering",
    "Report",
    "Result",
    "Token",
    "User",
    "UtcTime",
    "WebhookDelivery",
    "new_id",
    "now",
    "retried",
    "rows_touched",
]
