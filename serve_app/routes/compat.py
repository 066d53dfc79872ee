"""The routes of earlier try-on systems, for clients of theirs that stay as they are.

They are other words for the same jobs, and served where FITTING_ROOM_OLD_CLIENTS is set. Who asks
is told by a token or an API key, never by a bare id. docs/4-api.md lists what each client sends and
reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Path, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from deployments.types import Image
from serve_app.blobs import Picture
from serve_app.context import Context
from serve_app.database import Draft, Result
from serve_app.errors import (
    ImageMissing,
    InvalidRequest,
    JobFailed,
    ResultNotReady,
    TokenMissing,
)
from serve_app.intake import accept, decode, pack
from serve_app.jobs import Snapshot
from serve_app.presets import PresetKind
from serve_app.routes.body import Body, read_body, read_object
from serve_app.routes.earlier import told
from serve_app.routes.earlier.callers import begin, caller, finish, known
from serve_app.routes.earlier.frames import as_bmp, person_of
from serve_app.routes.earlier.links import of_garment, of_result, opened, root
from serve_app.routes.earlier.page import (
    NAME,
    PREFIX,
    another,
    draft_of,
    made_before,
    page,
    remember,
)
from serve_app.routes.parts import Parts, address
from serve_app.routes.result import read_picture, result_of
from serve_app.routes.submit import take_pictures
from serve_app.routes.tryon import TryonParameters, ready_for

FIRM = 0.1
"""A result of less confidence is a failure to who asks for /cloth."""
_WORD = re.compile(r"[\w.-]{1,50}")

pictures = told.router(told.Told)
mini_program = told.router(told.MiniProgram)
json_server = told.router(told.JsonServer)
try_on_api = told.router(told.Page, PREFIX)
market = told.router(told.Told)

ROUTERS = (pictures, mini_program, json_server, try_on_api, market)


@pictures.get("/compat/picture.{suffix}")
async def picture(
    suffix: Annotated[str, Path(pattern="^(png|jpg)$")],  # noqa: ARG001 - for who looks at it
    parts: Parts,
    of: Annotated[str, Query(max_length=64)],
    proof: Annotated[str, Query(max_length=64)],
) -> Response:
    """A result or a garment, for `<img>`, until its time is over."""
    data, media_type = await run_sync(opened, parts, of, proof)
    headers = {
        "Cache-Control": "private, max-age=300",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(data, media_type=media_type, headers=headers)


# The mini-program


def _well(data: Any) -> dict[str, Any]:
    return {"code": 200, "msg": "success", "data": data}


@mini_program.api_route("/tryon", methods=["GET", "POST"])
async def tryon(request: Request, parts: Parts) -> dict[str, Any]:
    """Dress somebody: each picture is sent, or is one of the gallery by its number."""
    sent = await read_object(request, ("personData", "clothData"), parts.settings.max_upload_bytes)
    who = await caller(request, parts, "jobs:write", sent.fields.get("userId"))
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for role, word in (("person", "Person"), ("garment", "Cloth")):
        if not sent.fields.get(f"isUpload{word}"):
            fields[f"{role}_id"] = _example(parts, role, sent.fields.get(f"example{word}Id"))
        elif data := sent.files.get(f"{word.lower()}Data"):
            files[role] = data
    body = Body(fields, files)
    taken = await _taken(request, parts, body, "person", "garment")
    ready = await run_sync(ready_for, parts, body, TryonParameters())
    job_id = await begin(parts, who.user_id, "tryon", taken, fields, ready)
    _, result = await finish(parts, who.user_id, job_id)
    return _well({"tryon_result": of_result(request, parts, result)})


def _example(parts: Context, kind: str, said: Any) -> str:
    """The gallery's id for a number from 1 on, or for an id of its own.

    Raises ImageMissing, PresetUnknown.
    """
    if said is None or said == "":
        raise ImageMissing(f"The {kind} is missing.", "Choose one, or send a picture.")
    wanted: PresetKind = "person" if kind == "person" else "garment"
    offered, text = parts.presets.list(wanted), str(said)
    if len(text) < 4 and text.isdecimal() and 1 <= int(text) <= len(offered):
        return offered[int(text) - 1].id
    return parts.presets.get(text, wanted).id


@mini_program.api_route("/anime", methods=["GET", "POST"])
async def anime(request: Request, parts: Parts) -> dict[str, Any]:
    """Draw an avatar; the answer's key has the try-on's name."""
    sent = await read_object(request, ("imgData",), parts.settings.max_upload_bytes)
    who = await caller(request, parts, "jobs:write", sent.fields.get("userId"))
    if "imgData" not in sent.files:
        raise ImageMissing("imgData is missing.", "Send a picture in base64.")
    body = Body({}, {"image": sent.files["imgData"]})
    job_id = await begin(parts, who.user_id, "anime", await _taken(request, parts, body, "image"))
    _, result = await finish(parts, who.user_id, job_id)
    return _well({"tryon_result": of_result(request, parts, result)})


@mini_program.post("/queryTryon")
async def query_tryon(request: Request, parts: Parts) -> dict[str, Any]:
    """The newest try-on, for who was not there any more when it was done."""
    user_id = await _reader(request, parts)
    newest = await run_sync(parts.jobs.history, user_id, None, 1, "tryon")
    result = newest[0].result if newest else None
    if result is None:
        return {"code": 500, "msg": "fail"} | _reason(newest)
    return _well({"tryon_result": of_result(request, parts, result)})


def _reason(newest: Sequence[Snapshot]) -> dict[str, Any]:
    """Why there will be no result, where that is known."""
    job = newest[0].job if newest else None
    if job is None or not job.error_name:
        return {}
    return {"data": {"error": f"{job.error_name}: {job.error_message} {job.error_hint}".strip()}}


@mini_program.post("/getHistory")
async def get_history(request: Request, parts: Parts) -> dict[str, Any]:
    """The results that are kept, newest first, a hundred at most."""
    user_id = await _reader(request, parts)
    done = await run_sync(parts.jobs.history, user_id, None, 100, None, "succeeded")
    return _well([_told(request, parts, one, one.result) for one in done if one.result])


def _told(request: Request, parts: Context, one: Snapshot, result: Result) -> dict[str, str]:
    return {
        "op": "虚拟换衣" if one.job.kind == "tryon" else "动漫人物",
        "time": str(one.job.created_at.timestamp()),
        "result_url": of_result(request, parts, result),
        "status": "已完成",
    }


async def _reader(request: Request, parts: Context) -> str:
    sent = await read_object(request, (), parts.settings.max_upload_bytes)
    return (await caller(request, parts, "jobs:read", sent.fields.get("userId"))).user_id


# The JSON server of the 256 × 192 system


@json_server.get("/cloth")
async def cloth_page() -> Response:
    """For browsers."""
    return PlainTextResponse("This address is for programs: send JSON by POST.")


@json_server.post("/cloth")
async def cloth(request: Request, parts: Parts) -> Response:
    """Dress the person of a phone's camera frame; the answer is a small BMP in base64."""
    roles = ("image_person", "image_cloth")
    sent = await read_object(request, roles, parts.settings.max_upload_bytes)
    who = await caller(request, parts, "jobs:write", sent.fields.get("uuid"))
    if missing := set(roles) - set(sent.files):
        raise ImageMissing(f"{min(missing)} is missing.", "Send a picture in base64.")
    run = partial(run_sync, limiter=request.app.state.decoders)
    as_frame = bool(sent.fields.get("camera_frame", True))
    look = partial(person_of, sent.files["image_person"], parts.limits, as_frame=as_frame)
    draw = partial(as_bmp, full_size=bool(sent.fields.get("full_size")))
    person: Image = await run(look)
    garment: Picture = await run(accept, sent.files["image_cloth"], parts.limits)
    taken = {"person": pack(person), "garment": garment}
    job_id = await begin(parts, who.user_id, "tryon", taken)
    try:
        snapshot, result = await finish(parts, who.user_id, job_id)
    except JobFailed as error:  # then the client is shown what it sent
        return told.failure(error, await run(draw, person))
    dressed: Image = await run(_loaded, parts, result)
    confidence = snapshot.job.confidence
    firm = confidence is None or confidence >= FIRM
    answer = {
        "status": "ok" if firm else "failure",
        "output_image": await run(draw, dressed),
        "confidence": confidence,
        "ai_generated": True,  # a BMP has no place to say so
    }
    return JSONResponse(answer)


def _loaded(parts: Context, result: Result) -> Image:
    return decode(read_picture(parts, result.blob), parts.limits)


# The page of the CPU system


@try_on_api.get("/")
async def index(request: Request, parts: Parts) -> Response:
    """The page; whoever comes without a key becomes a guest."""
    token = request.query_params.get("key")
    try:
        who = await caller(request, parts, "jobs:write")
    except TokenMissing:
        where = await address(request, parts)
        parts.rates.take("logins from one address", where, parts.settings.rate_logins)
        token = (await run_sync(parts.identity.guest)).token
        who = await run_sync(known, parts, token, "jobs:write")
    shown = await run_sync(page, request, parts, who.user_id)
    return remember(shown, request, parts, token) if token else shown


@try_on_api.post("/upload")
async def upload(request: Request, parts: Parts) -> Response:
    """Keep a garment for the next look."""
    who = await caller(request, parts, "jobs:write")
    _, garment = await _garment(request, parts, who.user_id, "file")
    await run_sync(parts.jobs.keep_garment, who.user_id, NAME, garment)
    return await run_sync(page, request, parts, who.user_id)


@try_on_api.get("/reset_model")
async def reset_model(request: Request, parts: Parts) -> Response:
    """Another person of the gallery."""
    who = await caller(request, parts, "jobs:write")
    await run_sync(another, parts, who.user_id)
    return await run_sync(page, request, parts, who.user_id)


@try_on_api.get("/view")
async def view(request: Request, parts: Parts) -> Response:
    """Dress the chosen person in the garment: once, however often it is looked at."""
    user_id = (await caller(request, parts, "jobs:write")).user_id
    draft = await run_sync(draft_of, parts, user_id)
    garment = await run_sync(parts.jobs.garment, draft)
    made = await run_sync(made_before, parts, user_id, draft)
    job_id = made.job.id if made else None
    if job_id is None:
        chosen = {"person_id": draft.person or ""}
        taken = await _taken(request, parts, Body(chosen, {}), "person")
        job_id = await begin(parts, user_id, "tryon", {**taken, "garment": garment}, chosen)
        await run_sync(parts.jobs.made_of, draft.id, job_id)
    await finish(parts, user_id, job_id)
    return await run_sync(page, request, parts, user_id)


# The fitting server of the market


@market.post("/getprod")
async def getprod(request: Request, parts: Parts) -> dict[str, str]:
    """Keep the picture of a product. `dirname` stands for it from now on."""
    who = await caller(request, parts, "jobs:write")
    body, garment = await _garment(request, parts, who.user_id, "product")
    name = f"{_word(body, 'prodId')}_{_word(body, 'userId')}"
    draft = await run_sync(parts.jobs.keep_garment, who.user_id, name, garment)
    return {
        "dirname": f"{name}_{draft.id}",
        "clothsrc": of_garment(request, parts, draft),
        "hostUrl": f"{root(request, parts)}/",
    }


@market.post("/showimage")
async def showimage(request: Request, parts: Parts) -> dict[str, str]:
    """Dress a person in the product."""
    who = await caller(request, parts, "jobs:write")
    body = await read_body(request, ("image",), parts.settings.max_upload_bytes)
    draft = await _product(parts, who.user_id, body)
    taken = await _taken(request, parts, Body({}, body.files), "image")
    pair = {"person": taken["image"], "garment": await run_sync(parts.jobs.garment, draft)}
    job_id = await begin(parts, who.user_id, "tryon", pair)
    await run_sync(parts.jobs.made_of, draft.id, job_id)
    _, result = await finish(parts, who.user_id, job_id)
    return {"resultSrc": of_result(request, parts, result)}


@market.post("/export")
async def export(request: Request, parts: Parts) -> Response:
    """The result as a PNG file."""
    who = await caller(request, parts, "jobs:read")
    body = await read_body(request, (), parts.settings.max_upload_bytes)
    draft = await _product(parts, who.user_id, body)
    if draft.job_id is None:
        raise ResultNotReady("Nobody was dressed in it yet.", "Send a person to /showimage.")
    result = await run_sync(result_of, parts, who.user_id, draft.job_id)
    data = await run_sync(read_picture, parts, result.blob)
    return Response(data, media_type=result.media_type)


async def _product(parts: Context, user_id: str, body: Body) -> Draft:
    """What `dirname` stands for. Raises DraftNotFound."""
    draft_id = str(body.fields.get("dirname", "")).rpartition("_")[2]
    return await run_sync(parts.jobs.draft, user_id, draft_id)


def _word(body: Body, field: str) -> str:
    """Raises InvalidRequest."""
    said = str(body.fields.get(field, ""))
    if not _WORD.fullmatch(said):
        raise InvalidRequest(f"{field} is missing, or no plain id of at most 50 letters.")
    return said


async def _garment(
    request: Request, parts: Context, user_id: str, role: str
) -> tuple[Body, Picture]:
    """What was sent, and the garment in it. Raises RateLimited, ImageMissing, and as `accept`."""
    parts.rates.take("jobs", user_id, parts.settings.rate_submissions)
    body = await read_body(request, (role,), parts.settings.max_upload_bytes)
    taken = await _taken(request, parts, Body({}, body.files), role)
    return body, taken[role]


async def _taken(request: Request, parts: Context, body: Body, *roles: str) -> dict[str, Picture]:
    return await take_pictures(parts, request.app.state.decoders, body, roles)
