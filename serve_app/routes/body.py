"""The body of a submit: a form with files, or JSON with the same in base64, within a size."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from serve_app.errors import ImageUnreadable, InvalidRequest, UnsupportedMediaType
from serve_app.intake import too_many_bytes

_FIELDS = 32
_FIELD_BYTES = 64_000
"""What all that is not a picture may take."""


class _Form(MultiPartParser):
    """A form that ends before its last boundary is an error here: a picture may be missing.

    Its files stay in memory, where they are read whole anyway: no picture goes through a folder for
    temporary files.
    """

    spool_max_size = sys.maxsize
    ended = False

    def on_end(self) -> None:
        self.ended = True

    async def parse(self) -> FormData:
        form = await super().parse()
        if not self.ended:
            await form.close()
            if self._current_part.file:
                await self._current_part.file.close()
            raise MultiPartException("The form is cut off.")
        return form


@dataclass(frozen=True)
class Body:
    """The fields as they came, and the bytes of the pictures by their role."""

    fields: Mapping[str, Any]
    files: Mapping[str, bytes]


async def read_body(request: Request, roles: Sequence[str], max_bytes: int) -> Body:
    """Read the request; each picture in `roles` may have `max_bytes`.

    Stops reading where it is too long. Raises InvalidRequest, UnsupportedMediaType, ImageTooLarge,
    ImageUnreadable.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    allowed = len(roles) * max_bytes + _FIELD_BYTES
    if kind == "multipart/form-data":
        body = await _read_form(request, roles, _capped(request, allowed, max_bytes))
    elif kind == "application/json":
        body = _read_json(await _whole(_capped(request, allowed * 4 // 3, max_bytes)), roles)
    elif kind == "application/x-www-form-urlencoded":
        body = _read_fields(await _whole(_capped(request, _FIELD_BYTES, max_bytes)))
    else:
        raise UnsupportedMediaType(f"The body is {kind[:64] or 'of no named type'}.")
    if any(len(data) > max_bytes for data in body.files.values()):
        raise too_many_bytes(max_bytes)
    return body


async def read_object(request: Request, roles: Sequence[str], max_bytes: int) -> Body:
    """As `read_body` for clients that do not say that they send JSON, and break its lines anywhere,
    within a text too. Raises InvalidRequest, ImageTooLarge, ImageUnreadable."""
    allowed = len(roles) * max_bytes * 2 + _FIELD_BYTES
    text = await _whole(_capped(request, allowed, max_bytes))
    body = _read_json(text.replace(b"\r", b"").replace(b"\n", b""), roles)
    if any(len(data) > max_bytes for data in body.files.values()):
        raise too_many_bytes(max_bytes)
    return body


def request_body(
    model: type[BaseModel], roles: Sequence[str], *, presets: bool = True
) -> dict[str, Any]:
    """The description of both forms of the body for the OpenAPI document; each picture may be one
    of the gallery, save without `presets`."""

    def schema(picture: dict[str, str]) -> dict[str, Any]:
        preset = {"type": "string", "description": "The id of a picture of the gallery instead."}
        ids = {f"{role}_id": preset for role in roles if presets}
        pictures = dict.fromkeys(roles, picture) | ids
        parameters = model.model_json_schema().get("properties", {})
        return {"type": "object", "properties": pictures | parameters}

    as_file = {"type": "string", "format": "binary"}
    as_text = {"type": "string", "description": "The file in base64, or as a data: URL."}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": schema(as_file)},
                "application/json": {"schema": schema(as_text)},
            },
        }
    }


async def _capped(request: Request, allowed: int, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body as it arrives, up to so many bytes, whatever its header says."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > allowed:
        raise too_many_bytes(max_bytes)
    seen = 0
    async for part in request.stream():
        seen += len(part)
        if seen > allowed:
            raise too_many_bytes(max_bytes)
        yield part


async def _whole(stream: AsyncGenerator[bytes, None]) -> bytes:
    return b"".join([part async for part in stream])


def _read_fields(text: bytes) -> Body:
    """How clients send a form that has no file in it."""
    try:
        pairs = parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError as error:
        raise InvalidRequest("The form cannot be read.") from error
    return Body(dict(pairs), {})


async def _read_form(
    request: Request, roles: Sequence[str], stream: AsyncGenerator[bytes, None]
) -> Body:
    parser = _Form(
        request.headers,
        stream,
        max_files=len(roles),
        max_fields=_FIELDS,
        max_part_size=_FIELD_BYTES,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise InvalidRequest("The form cannot be read.") from error
    try:
        return await _take_apart(form, roles)
    finally:
        await form.close()


async def _take_apart(form: FormData, roles: Sequence[str]) -> Body:
    fields: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    for name, value in form.multi_items():
        if name in fields or name in files:
            raise InvalidRequest(f"{name[:64]!r} was sent more than once.")
        if isinstance(value, UploadFile):
            if name not in roles:
                raise InvalidRequest(f"No file is expected as {name[:64]!r}.")
            files[name] = await value.read()
        else:
            fields[name] = value
    return Body(fields, files)


def _read_json(text: bytes, roles: Sequence[str]) -> Body:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The JSON cannot be read.") from error
    if not isinstance(said, dict):
        raise InvalidRequest("The JSON is not an object.")
    files = {role: _from_base64(role, said.pop(role)) for role in roles if said.get(role)}
    return Body({name: value for name, value in said.items() if value is not None}, files)


def _from_base64(role: str, text: Any) -> bytes:
    if not isinstance(text, str):
        raise InvalidRequest(f"{role!r} is not a text in base64.")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        # Many encoders break their lines, as MIME does.
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageUnreadable(f"{role!r} is not in base64.") from error
