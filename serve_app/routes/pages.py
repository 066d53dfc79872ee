"""The web page and the description of the interface: files of the folder `web`, and no others."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header, Response

from serve_app.errors import RouteNotFound

WEB = Path(__file__).parent.parent / "web"
_SERVED = (".js", ".css", ".svg", ".webp")
FILES = frozenset(path.name for path in WEB.iterdir() if path.suffix in _SERVED)
"""What the pages load; the pages themselves have addresses of their own."""
_WORTH_PACKING = 1000

router = APIRouter(include_in_schema=False)

IfNoneMatch = Annotated[str | None, Header()]
AcceptEncoding = Annotated[str, Header()]


class _File(NamedTuple):
    data: bytes
    packed: bytes | None
    media_type: str
    tag: str


@cache
def _load(name: str) -> _File:
    data = (WEB / name).read_bytes()
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
    is_text = not name.endswith(".webp")
    packed = gzip.compress(data, 9, mtime=0) if is_text and len(data) > _WORTH_PACKING else None
    media_type = f"{kind or 'text/plain'}; charset=utf-8" if is_text else "image/webp"
    return _File(data, packed, media_type, hashlib.sha256(data).hexdigest())


def _answer(name: str, if_none_match: str | None, accept_encoding: str) -> Response:
    file = _load(name)
    packs = file.packed is not None and "gzip" in accept_encoding
    tag = f'"{file.tag}-gzip"' if packs else f'"{file.tag}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    if file.packed is not None and packs:
        headers["Content-Encoding"] = "gzip"
        return Response(file.packed, media_type=file.media_type, headers=headers)
    return Response(file.data, media_type=file.media_type, headers=headers)


@router.get("/")
async def index(
    if_none_match: IfNoneMatch = None, accept_encoding: AcceptEncoding = ""
) -> Response:
    return _answer("index.html", if_none_match, accept_encoding)


@router.get("/docs")
async def docs(if_none_match: IfNoneMatch = None, accept_encoding: AcceptEncoding = "") -> Response:
    return _answer("docs.html", if_none_match, accept_encoding)


@router.get("/web/{name}")
async def file(
    name: str, if_none_match: IfNoneMatch = None, accept_encoding: AcceptEncoding = ""
) -> Response:
    if name not in FILES:
        raise RouteNotFound("There is no such file.")
    return _answer(name, if_none_match, accept_encoding)
