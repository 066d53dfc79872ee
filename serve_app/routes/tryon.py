"""POST /v1/tryon: dress a person in a garment."""

from __future__ import annotations

from typing import Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from pydantic import Field

from serve_app.catalogue import Entry
from serve_app.context import Context
from serve_app.database import Rendering
from serve_app.intake import upright_width
from serve_app.renderings import key_of
from serve_app.routes.body import Body, read_body, request_body
from serve_app.routes.keypoints import SentPose
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
        description="Whether a top is worn inside trousers or skirt; `auto`: as in the photo, "
        "coats, jackets and hoodies over them.",
    )
    crop: bool | None = Field(
        default=None,
        description="Show the engine the person alone, in a 3:4 window; unsaid, as each engine "
        "needs it.",
    )
    brighten: bool = Field(
        default=False, description="Take the person's photo 1.3 times as bright from the start."
    )
    keep_background: bool = Field(
        default=True,
        description="Put what the engine drew back into the photo; `false` gives its own picture.",
    )
    feather: bool = Field(default=True, description="A soft edge round what is put back.")
    check_occlusion: bool | None = Field(
        default=None,
        description="Confidence 0 and the warning ArmOverTorso where a wrist is in front of the "
        "torso; unsaid, for engines that cannot draw that.",
    )
    strict: bool = Field(
        default=False, description="Let ArmOverTorso fail the job instead of warning of it."
    )
    parser: str = Field(
        default="auto",
        max_length=64,
        description="What finds the parts of the person: a parser of /v1/engines; `auto` takes the "
        "operator's choice.",
    )
    fast: bool = Field(
        default=False,
        description="Half the height and width where an engine offers that (hr-viton).",
    )
    debug: bool = Field(
        default=False,
        description="Keep the pictures on the way, in one: GET /v1/jobs/{id}/panel.",
    )
    pose: SentPose | None = Field(
        default=None,
        description="OpenPose's JSON of the person, BODY_25 or COCO-18, in px of the upright "
        "photo: no pose is looked for then. Of several people the largest is dressed.",
    )
    pose_width: int | None = Field(
        default=None,
        ge=1,
        description="Width in px of the photo that `pose` was taken from; unsaid, that of the "
        "person's file.",
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
    if parameters.parser != "auto":
        parts.catalogue.parser(parameters.parser)
    if parameters.pose and not parameters.pose_width and "person" in body.files:
        width = await run_sync(upright_width, body.files["person"], parts.limits)
        parameters = parameters.model_copy(update={"pose_width": width})
    ready = await run_sync(ready_for, parts, body, parameters)
    return await submit(
        request, parts, caller, "tryon", parameters, body, ROLES, idempotency_key, prefer, ready
    )


def ready_for(parts: Context, body: Body, parameters: TryonParameters) -> Rendering | None:
    """What was rendered ahead of time for a person and a garment of the gallery, if nothing is
    asked for that differs from it."""
    person, garment = (body.fields.get(f"{role}_id") for role in ROLES)
    if not (person and garment) or body.files or parts.settings.visible_mark:
        return None
    engine = next((one for one in parts.catalogue.engines if _is_meant(one, parameters)), None)
    if engine is None:
        return None
    sums = [parts.presets.sha256(str(name)) for name in (person, garment)]
    found = parts.renderings.find(key_of(sums[0], sums[1], engine.name, engine.version))
    if found is None:
        return None
    same = {"category": found.category, "engine": engine.name}
    asked, usual = parameters.chosen(), TryonParameters().chosen()
    is_usual = all(asked[name] in (usual[name], same.get(name)) for name in asked)
    return found if is_usual else None


def _is_meant(engine: Entry, parameters: TryonParameters) -> bool:
    return engine.available and parameters.engine in ("auto", engine.name)
