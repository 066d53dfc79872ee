"""Who asks, and how a job of theirs begins and ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio.to_thread import run_sync
from fastapi import Request

from serve_app.blobs import Picture
from serve_app.context import Context
from serve_app.database import Rendering, Result
from serve_app.errors import TokenMissing
from serve_app.identity import Principal, Scope
from serve_app.jobs import Kind, Snapshot, Wishes
from serve_app.routes.anime import AnimeParameters
from serve_app.routes.result import result_of
from serve_app.routes.submit import until_done
from serve_app.routes.tryon import TryonParameters

HOLD_SECONDS = 100.0
"""How long an answer is held back: less than Serve lets a request take. The mini-program gives up
after 60 s and then asks by itself, which it would not do had it been told that there is no result.
"""
COOKIE = "fitting_room_key"
_HINT = "Send a token or an API key: `Authorization: Bearer …`, `?key=…`, or as the user's id."


async def caller(request: Request, parts: Context, scope: Scope, said: Any = None) -> Principal:
    """Whoever's token or key was sent: as a bearer, as `key` in the query, in the page's cookie, or
    where an old client sends the user's id (`said`).

    Raises TokenMissing, TokenInvalid, ScopeMissing, RateLimited.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    sent = (
        (bearer.strip() if scheme.lower() == "bearer" else "")
        or request.query_params.get("key")
        or request.cookies.get(COOKIE)
        or (said if isinstance(said, str) else "")
    )
    if not sent:
        raise TokenMissing("This needs a key.", _HINT)
    return await run_sync(known, parts, sent, scope)


def known(parts: Context, token: str, scope: Scope) -> Principal:
    """Whose token it is. Raises TokenInvalid, ScopeMissing, RateLimited."""
    principal = parts.identity.principal(token)
    parts.rates.take("requests", principal.user_id, parts.settings.rate_requests)
    principal.needs(scope)
    return principal


async def begin(
    parts: Context,
    user_id: str,
    kind: Kind,
    pictures: Mapping[str, Picture],
    presets: Mapping[str, str] | None = None,
    ready: Rendering | None = None,
) -> str:
    """A new job with the usual parameters; what is `ready` needs no runner.

    Raises RateLimited, ConsentMissing, QueueFull, StorageUnavailable.
    """
    parts.rates.take("jobs", user_id, parts.settings.rate_submissions)
    await run_sync(parts.identity.consents.needed, user_id)
    usual = TryonParameters() if kind == "tryon" else AnimeParameters()
    chosen = usual.chosen() | dict(presets or {})
    if ready:
        parts.answered("gallery")
        return await run_sync(parts.jobs.answer, user_id, chosen, pictures, ready, None, Wishes())
    job_id = await run_sync(parts.jobs.submit, user_id, kind, chosen, pictures)
    parts.wake()
    return job_id


async def finish(parts: Context, user_id: str, job_id: str) -> tuple[Snapshot, Result]:
    """The job when it is done. Raises ResultNotReady where it takes too long, and what the job
    failed with."""
    snapshot = await until_done(parts, user_id, job_id, HOLD_SECONDS)
    return snapshot, await run_sync(result_of, parts, user_id, job_id)
