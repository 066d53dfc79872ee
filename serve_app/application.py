"""The FastAPI application. Knows nothing of Ray, so it runs wherever ASGI does."""

from __future__ import annotations

import os
from http import HTTPStatus

from anyio import CapacityLimiter
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from serve_app.context import Context
from serve_app.errors import (
    InvalidRequest,
    MethodNotAllowed,
    RangeNotSatisfiable,
    RateLimited,
    RouteNotFound,
    ServiceError,
    body_of,
    name_of,
    retry_after_of,
    status_of,
)
from serve_app.guard import Guard
from serve_app.routes import (
    admin,
    anime,
    auth,
    compat,
    consents,
    events,
    gallery,
    health,
    jobs,
    keepsakes,
    keys,
    me,
    offers,
    pages,
    panel,
    portrait,
    result,
    tryon,
)
from serve_app.routes.submit import explain

ROUTERS = (
    tryon,
    panel,
    anime,
    jobs,
    keepsakes,
    result,
    events,
    gallery,
    offers,
    auth,
    me,
    portrait,
    consents,
    keys,
    admin,
    health,
    pages,
)


def build_app(context: Context, *, old_clients: bool = False) -> FastAPI:
    """The application over the parts in `context`; with the routes of earlier systems as well."""
    app = FastAPI(
        title="Fitting Room",
        description="Dresses the person in a photo in a garment from another photo, and draws "
        "people as anime avatars.",
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.context = context
    # Decoding is what takes memory and cores: as many at once as there are cores.
    app.state.decoders = CapacityLimiter(os.cpu_count() or 1)
    for module in ROUTERS:
        app.include_router(module.router)
    for router in compat.ROUTERS if old_clients else ():
        app.include_router(router)
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_middleware(Guard)
    return app


def _answer(error: ServiceError, headers: dict[str, str] | None = None) -> JSONResponse:
    name = name_of(error)
    seconds = retry_after_of(name)
    wait = {} if seconds is None else {"Retry-After": str(seconds)}
    challenge = {"WWW-Authenticate": "Bearer"} if status_of(name) == 401 else {}
    return JSONResponse(
        {"error": body_of(error)}, status_of(name), {**wait, **challenge, **(headers or {})}
    )


async def _service_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ServiceError):
        raise error
    if isinstance(error, RateLimited) and error.seconds:
        return _answer(error, {"Retry-After": str(error.seconds)})
    if isinstance(error, RangeNotSatisfiable):
        return _answer(error, {"Content-Range": f"bytes */{error.size}"})
    return _answer(error)


async def _validation_error(_request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    return _answer(InvalidRequest(explain(list(found))))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    """What Starlette and FastAPI raise of themselves."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _answer(RouteNotFound("There is no such address."), headers)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return _answer(MethodNotAllowed(f"{request.method} is not possible here."), headers)
    return _answer(InvalidRequest(str(error.detail)), headers)
