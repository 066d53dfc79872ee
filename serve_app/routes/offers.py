"""/v1/engines and /v1/styles: what is here, under which licence."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from serve_app.catalogue import Entry
from serve_app.routes.parts import Parts

router = APIRouter(prefix="/v1", tags=["offers"])


class EnginesView(BaseModel):
    """The best first: `auto` takes the first that is available."""

    engines: list[Entry]


class StylesView(BaseModel):
    """The default first."""

    styles: list[Entry]


@router.get("/engines")
async def engines(parts: Parts) -> EnginesView:
    """The engines that dress people."""
    return EnginesView(engines=list(parts.catalogue.engines))


@router.get("/styles")
async def styles(parts: Parts) -> StylesView:
    """The styles that avatars are drawn in."""
    return StylesView(styles=list(parts.catalogue.styles))
