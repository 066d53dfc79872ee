"""/healthz and /readyz: for whoever watches over the service."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastapi import APIRouter, Response
from pydantic import BaseModel

from serve_app.context import Context
from serve_app.errors import ServiceError
from serve_app.routes.parts import Parts

router = APIRouter(tags=["health"])


class HealthView(BaseModel):
    """Alive is all it says."""

    status: str = "alive"


class ReadyView(BaseModel):
    """Whether jobs can be taken and done, and what stands in the way."""

    ready: bool
    reasons: dict[str, str]


@router.get("/healthz")
async def healthz() -> HealthView:
    """The process answers."""
    return HealthView()


@router.get("/readyz", responses={503: {"model": ReadyView, "description": "Not ready, and why."}})
def readyz(response: Response, parts: Parts) -> ReadyView:
    """Database, pictures and models are all there."""
    reasons = dict(_reasons(parts))
    if reasons:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return ReadyView(ready=not reasons, reasons=reasons)


def _reasons(parts: Context) -> Iterator[tuple[str, str]]:
    checks: dict[str, Callable[[], None]] = {
        "database": parts.database.check,
        "pictures": parts.blobs.check,
    }
    for name, check in checks.items():
        try:
            check()
        except ServiceError as error:
            yield name, error.message
    yield from parts.unready().items()
