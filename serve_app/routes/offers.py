"""/v1/engines, /v1/styles and /v1/gpus: what is here, under which licence."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from serve_app.catalogue import Entry, Gpu
from serve_app.routes.parts import COUNTED, Parts, answers, counted

router = APIRouter(
    prefix="/v1", tags=["offers"], dependencies=[Depends(counted)], responses=answers(*COUNTED)
)


class EnginesView(BaseModel):
    """The best first: `auto` takes the first that is available."""

    engines: list[Entry]
    parsers: list[Entry] = Field(
        default=[], description="What finds the parts of a person; `auto` takes the first."
    )


class StylesView(BaseModel):
    """The default first."""

    styles: list[Entry]
    clip_seconds: float = Field(description="The longest clip that is drawn; 0 where none is.")


class GpusView(BaseModel):
    """Empty where the models run on CPUs."""

    gpus: list[Gpu]


@router.get("/engines")
async def engines(parts: Parts) -> EnginesView:
    """The engines that dress people, and the parsers that they can be given."""
    return EnginesView(engines=list(parts.catalogue.engines), parsers=list(parts.catalogue.parsers))


@router.get("/styles")
async def styles(parts: Parts) -> StylesView:
    """The styles that avatars are drawn in."""
    return StylesView(styles=list(parts.catalogue.styles), clip_seconds=parts.settings.clip_seconds)


@router.get("/gpus")
def gpus(parts: Parts) -> GpusView:
    """The GPUs of the cluster. What each model needs of their memory stands at /v1/engines."""
    return GpusView(gpus=list(parts.gpus()))
