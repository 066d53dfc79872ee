"""POST /v1/tryon: dress a person in a garment."""

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

ROLES = ("person", "garment")


class TryonParameters(Parameters):
    """How the person is to be dressed."""

    category: Literal["auto", "upper", "lower", "dress"] = Field(
        default="auto", description="What the garment is; `auto` looks at the picture."
    )
    engine: str = Field(
        default="auto", max_length=64, description="One of /v1/engines; `auto` takes the best."
    )
    background: str = Field(
        default="keep",
        pattern="^(keep|remove|#[0-9a-fA-F]{6})$",
        description="`remove` puts the person before white, `#e6e6e6` before that colour.",
    )
    tuck: Literal["auto", "in", "out"] = Field(
        default="auto",
        description="Whether a top is worn inside trousers or skirt; `auto` as in the photo.",
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="The same seed, the same picture.")
    visible_mark: bool = VISIBLE_MARK


router = APIRouter(tags=["jobs"])


@router.post(
    "/v1/tryon",
    status_code=202,
    response_model=JobView,
    responses=RESPONSES,
    openapi_extra=request_body(TryonParameters, ROLES),
)
async def tryon(
    request: Request,
    parts: Parts,
    caller: Writer,
    idempotency_key: KeyHeader = None,
    prefer: PreferHeader = None,
) -> Response:
    """Dress a person in a garment.

    The person stands upright with shoulders and hips in the picture; the garment lies flat, hangs,
    or is worn. Each is a file or the id of a picture of the gallery.
    """
    body = await read_body(request, ROLES, parts.settings.max_upload_bytes)
    parameters = read_parameters(TryonParameters, body, ROLES)
    parts.catalogue.engine(parameters.engine)
    return await submit(
        request, parts, caller, "tryon", parameters, body, ROLES, idempotency_key, prefer
    )
