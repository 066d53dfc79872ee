"""/v1/gallery: people and garments to try with. Nothing in it is anybody's own."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field

from serve_app.errors import InvalidRequest, PresetUnknown
from serve_app.presets import Preset
from serve_app.routes.parts import COUNTED, Parts, answers, counted

router = APIRouter(
    prefix="/v1/gallery",
    tags=["gallery"],
    dependencies=[Depends(counted)],
    responses=answers(*COUNTED),
)


class PresetView(Preset):
    """A picture of the gallery, with its address."""

    url: str
    uploaded: bool = Field(default=False, description="By an admin, who may take it away.")


class GalleryView(BaseModel):
    """Pictures of one kind."""

    items: list[PresetView]


def view(request: Request, preset: Preset) -> PresetView:
    """What clients read of it."""
    url = f"{request.scope.get('root_path', '')}/v1/gallery/pictures/{preset.id}"
    return PresetView(**preset.model_dump(), file=preset.file, uploaded=preset.uploaded, url=url)


@router.get("/persons")
def persons(request: Request, parts: Parts) -> GalleryView:
    """People to dress."""
    return GalleryView(items=[view(request, one) for one in parts.presets.list("person")])


@router.get("/persons/random", responses=answers(PresetUnknown))
def random_person(request: Request, parts: Parts) -> PresetView:
    """Any one of the people."""
    return view(request, parts.presets.random("person"))


@router.get("/garments", responses=answers(InvalidRequest))
def garments(
    request: Request,
    parts: Parts,
    category: Annotated[
        str | None, Query(max_length=32, description="upper, lower or dress; all without it.")
    ] = None,
) -> GalleryView:
    """Garments to wear."""
    found = parts.presets.list("garment", category)
    return GalleryView(items=[view(request, one) for one in found])


@router.get(
    "/pictures/{preset_id}",
    response_class=Response,
    responses={
        200: {
            "description": "The picture.",
            "content": {"image/png": {}, "image/jpeg": {}, "image/webp": {}},
        },
        304: {"description": "The picture is the one in If-None-Match."},
        **answers(PresetUnknown, InvalidRequest),
    },
)
def picture(
    preset_id: Annotated[str, Path(max_length=64)],
    parts: Parts,
    width: Annotated[
        Literal["160", "480"] | None,
        Query(description="A small WebP instead; its longer side has at most twice so many px."),
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A picture of the gallery as a file."""
    suffix = f"-{width}" if width else ""
    tag = f'"{parts.presets.sha256(preset_id)}{suffix}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    if width:
        small = parts.presets.thumbnail(preset_id, int(width))
        return Response(small, media_type="image/webp", headers=headers)
    data, media_type, _ = parts.presets.file(preset_id)
    return Response(data, media_type=media_type, headers=headers)
