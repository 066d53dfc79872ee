"""What the routes ask for: the parts of the service, and who is asking."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from anyio.to_thread import run_sync
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from serve_app.addresses import household, sender
from serve_app.context import Context
from serve_app.errors import (
    DatabaseBusy,
    DatabaseUnavailable,
    RateLimited,
    ScopeMissing,
    ServiceError,
    TokenInvalid,
    TokenMissing,
    status_of,
)
from serve_app.identity import Principal, Scope
from serve_app.routes.views import ErrorView

_BEARER = HTTPBearer(
    auto_error=False, description="A token of POST /v1/auth/…, or an API key of POST /v1/keys."
)

COUNTED = (RateLimited, DatabaseUnavailable, DatabaseBusy)
"""What every route under /v1 may answer."""
PERSONAL = (*COUNTED, TokenMissing, TokenInvalid, ScopeMissing)
"""What every route may answer that wants a token."""


async def context(request: Request) -> Context:
    """The parts. It waits for nothing, and is no plain function, which would cost a thread."""
    found: Context = request.app.state.context
    return found


Parts: TypeAlias = Annotated[Context, Depends(context)]


async def address(request: Request, parts: Parts) -> str:
    """Where the request came from, as far as it can be believed."""
    peer = request.client.host if request.client else "unknown"
    forwarded = request.headers.getlist("x-forwarded-for")
    return household(sender(peer, forwarded, parts.settings.trusted_proxies))


Address: TypeAlias = Annotated[str, Depends(address)]


def counted(parts: Parts, where: Address) -> None:
    """One more request from an address. Raises RateLimited."""
    parts.rates.take("requests from one address", where, parts.settings.rate_address)


def entrance(parts: Parts, where: Address) -> None:
    """One more attempt to become somebody. Raises RateLimited."""
    counted(parts, where)
    parts.rates.take("logins from one address", where, parts.settings.rate_logins)


Credentials: TypeAlias = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def holder(parts: Parts, where: Address, credentials: Credentials) -> Principal:
    """Who is asking. Raises TokenMissing, TokenInvalid, RateLimited."""
    counted(parts, where)
    if credentials is None:
        raise TokenMissing("This needs a token.")
    principal = parts.identity.principal(credentials.credentials)
    parts.rates.take("requests", principal.user_id, parts.settings.rate_requests)
    return principal


def visitor(parts: Parts, credentials: Credentials) -> str | None:
    """The user who is asking, where they say so. Raises TokenInvalid, ScopeMissing."""
    if credentials is None:
        return None
    principal = parts.identity.principal(credentials.credentials)
    principal.needs_login()
    return principal.user_id


class May:
    """A dependency: whoever is asking, if they may do what the scope names."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, principal: Annotated[Principal, Depends(holder)]) -> Principal:
        principal.needs(self.scope)
        return principal


async def login(principal: Annotated[Principal, Depends(holder)]) -> Principal:
    """Whoever is asking, if they logged in. Raises ScopeMissing for API keys."""
    principal.needs_login()
    return principal


Reader: TypeAlias = Annotated[Principal, Depends(May("jobs:read"))]
Writer: TypeAlias = Annotated[Principal, Depends(May("jobs:write"))]
Myself: TypeAlias = Annotated[Principal, Depends(May("me:read"))]
Editor: TypeAlias = Annotated[Principal, Depends(May("me:write"))]
LoggedIn: TypeAlias = Annotated[Principal, Depends(login)]
Visitor: TypeAlias = Annotated[str | None, Depends(visitor)]


async def on_behalf(parts: Context, principal: Principal, job_id: str) -> str:
    """Whose job it is for this caller: one's own, and for an admin whoever's it is.

    Raises JobNotFound.
    """
    if not principal.admin:
        return principal.user_id
    return (await run_sync(parts.jobs.one, job_id)).user_id


def answers(*errors: type[ServiceError] | str) -> dict[int | str, dict[str, Any]]:
    """The description of a route's errors, by status, for the OpenAPI document."""
    names: dict[int, list[str]] = {}
    for error in errors:
        name = error if isinstance(error, str) else error.__name__
        names.setdefault(status_of(name), []).append(name)
    return {
        status: {"model": ErrorView, "description": ", ".join(sorted(set(found)))}
        for status, found in sorted(names.items())
    }
