"""The web page and the description of the interface: files of the folder `web`, and no others."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Response

from serve_app.errors import RouteNotFound

WEB = Path(__file__).parent.parent / "web"
FILES = frozenset(
    {"app.js", "client.js", "docs.js", "icon.svg", "picker.js", "slider.js", "style.css"}
)

router = APIRouter(include_in_schema=False)

IfNoneMatch = Annotated[str | None, Header()]


@cache
def _load(name: str) -> tuple[bytes, str, str]:
    data = (WEB / name).read_bytes()
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
    return data, f"{kind or 'text/plain'}; charset=utf-8", f'"{hashlib.sha256(data).hexdigest()}"'


def _answer(name: str, if_none_match: str | None) -> Response:
    data, media_type, tag = _load(name)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


@router.get("/")
async def index(if_none_match: IfNoneMatch = None) -> Response:
    return _answer("index.html", if_none_match)


@router.get("/docs")
async def docs(if_none_match: IfNoneMatch = None) -> Response:
    return _answer("docs.html", if_none_match)


@router.get("/web/{name}")
async def file(name: str, if_none_match: IfNoneMatch = None) -> Response:
    if name not in FILES:
        raise RouteNotFound("There is no such file.")
    return _answer(name, if_none_match)
