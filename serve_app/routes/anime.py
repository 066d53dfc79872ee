"""POST /v1/anime: draw a person as an anime avatar."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from serve_app.routes.body import read_body, request_body
from serve_app.routes.parts import Caller, Parts
from serve_app.routes.submit import (
    RESPONSES,
    KeyHeader,
    PreferHeader,
    presets_of,
    read_parameters,
    submit,
    take_pictures,
)
from serve_app.routes.views import JobView

ROLES = ("image",)


class AnimeParameters(BaseModel):
    """How the picture is to be drawn."""

    model_config = ConfigDict(extra="forbid")

    style: str = Field(default="cel", max_length=64, description="One of /v1/styles.")


router = APIRouter(tags=["jobs"])


@router.post(
    "/v1/anime",
    status_code=202,
    response_model=JobView,
    responses=RESPONSES,
    openapi_extra=request_body(AnimeParameters, ROLES),
)
async def anime(
    request: Request,
    parts: Parts,
    user: Caller,
    idempotency_key: KeyHeader = None,
    prefer: PreferHeader = None,
) -> Response:
    """Draw a picture as an anime avatar, from a file or from the gallery."""
    body = await read_body(request, ROLES, parts.settings.max_upload_bytes)
    parameters = read_parameters(AnimeParameters, body, ROLES)
    parts.catalogue.style(parameters.style)
    pictures = await take_pictures(parts, request.app.state.decoders, body, ROLES)
    chosen = parameters.model_dump() | presets_of(body, ROLES)
    return await submit(request, parts, user, "anime", chosen, pictures, idempotency_key, prefer)
