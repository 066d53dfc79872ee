"""POST /v1/anime: draw a person as an anime avatar."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from serve_app.routes.body import read_body, request_body
from serve_app.routes.parts import Parts, Writer
from serve_app.routes.submit import (
    RESPONSES,
    VISIBLE_MARK,
    KeyHeader,
    Parameters,
    PreferHeader,
    read_parameters,
    submit,
)
from serve_app.routes.views import JobView

ROLES = ("image",)


class AnimeParameters(Parameters):
    """How the picture is to be drawn."""

    style: str = Field(default="cel", max_length=64, description="One of /v1/styles.")
    strength: float = Field(
        default=1.0, ge=0, le=1, description="0 is the photo, 1 the drawing, between them a blend."
    )
    region: Literal["whole", "face"] = Field(
        default="whole",
        description="`face` draws the largest person's face alone and leaves the rest a photo.",
    )
    eyes: float = Field(
        default=0.0, ge=0, le=1, description="Enlarge the largest person's eyes; 1 by a half."
    )
    visible_mark: bool = VISIBLE_MARK


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
    caller: Writer,
    idempotency_key: KeyHeader = None,
    prefer: PreferHeader = None,
) -> Response:
    """Draw a picture as an anime avatar, from a file or from the gallery."""
    body = await read_body(request, ROLES, parts.settings.max_upload_bytes)
    parameters = read_parameters(AnimeParameters, body, ROLES)
    parts.catalogue.style(parameters.style)
    return await submit(
        request, parts, caller, "anime", parameters, body, ROLES, idempotency_key, prefer
    )
