"""What the routes ask for: the parts of the service, and who is asking."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from serve_app.context import Context
from serve_app.errors import ServiceError, TokenMissing, status_of
from serve_app.routes.views import ErrorView

_BEARER = HTTPBearer(auto_error=False, description="A token of POST /v1/auth/guest.")


def context(request: Request) -> Context:
    found: Context = request.app.state.context
    return found


Parts: TypeAlias = Annotated[Context, Depends(context)]


def caller(
    parts: Parts, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> str:
    """The id of the user who is asking. Raises TokenMissing, TokenInvalid."""
    if credentials is None:
        raise TokenMissing("This needs a token.")
    return parts.identity.user_of(credentials.credentials)


Caller: TypeAlias = Annotated[str, Depends(caller)]


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
