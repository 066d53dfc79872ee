"""What both kinds of job have in common: pictures in, a job out."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serve_app.blobs import Picture
from serve_app.clips import ClipLimits, accept_clip, is_clip
from serve_app.context import Context
from serve_app.database import Rendering
from serve_app.errors import (
    AddressRefused,
    ClipTooLong,
    ConsentMissing,
    EngineUnavailable,
    EngineUnknown,
    IdempotencyKeyReused,
    ImageMissing,
    ImageTooLarge,
    ImageTooNarrow,
    ImageTooSmall,
    ImageUnreadable,
    InvalidRequest,
    PresetUnknown,
    QueueFull,
    StorageUnavailable,
    UnsupportedFormat,
    UnsupportedMediaType,
)
from serve_app.idempotency import Answer
from serve_app.identity import Principal
from serve_app.intake import accept
from serve_app.jobs import Kind, Snapshot, Wishes
from serve_app.routes.body import Body
from serve_app.routes.parts import PERSONAL, answers
from serve_app.routes.views import JobView, job_view, root_of

LONGEST_WAIT = 60.0
_FIRST_PAUSE, _LAST_PAUSE = 0.03, 0.3

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Your own name for this request: sending it again within 24 hours gives the "
        "first answer again, and no second job.",
    ),
]
PreferHeader = Annotated[
    str | None,
    Header(
        alias="Prefer",
        description="`wait=N` holds the answer back until the job is done, N ≤ 60 seconds.",
    ),
]

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": JobView, "description": "The job, which is done."},
    202: {
        "model": JobView,
        "description": "The job, which is not done yet; ask again at Location.",
        "headers": {"Location": {"schema": {"type": "string"}}},
    },
    **answers(
        *PERSONAL,
        InvalidRequest,
        ImageMissing,
        ImageUnreadable,
        ImageTooLarge,
        ClipTooLong,
        ImageTooSmall,
        ImageTooNarrow,
        UnsupportedFormat,
        UnsupportedMediaType,
        EngineUnknown,
        EngineUnavailable,
        PresetUnknown,
        AddressRefused,
        ConsentMissing,
        IdempotencyKeyReused,
        QueueFull,
        StorageUnavailable,
    ),
}


VISIBLE_MARK: bool = Field(
    default=False,
    description="Say in a corner of the result that AI made it; its metadata always says so.",
)


class Parameters(BaseModel):
    """What may be said of every job."""

    model_config = ConfigDict(extra="forbid")

    webhook_url: str | None = Field(
        default=None,
        max_length=2000,
        description="An https address of yours that is told when the job is over.",
    )
    input_seconds: int | None = Field(
        default=None,
        ge=60,
        le=10**8,
        description="Erase the pictures that were sent so long after now, if that is sooner than "
        "the service would.",
    )
    result_seconds: int | None = Field(
        default=None,
        ge=60,
        le=10**8,
        description="Erase the result so long after the job's end, if that is sooner than the "
        "service would.",
    )

    def wishes(self) -> Wishes:
        """How the job is to be kept and told of, which is no part of how it is done."""
        return Wishes(self.webhook_url, self.input_seconds, self.result_seconds)

    def chosen(self) -> dict[str, Any]:
        """How the job is to be done: what stands in it for its history."""
        return self.model_dump(exclude=set(Parameters.model_fields))


P = TypeVar("P", bound=Parameters)


def read_parameters(model: type[P], body: Body, roles: Sequence[str]) -> P:
    """The fields that are no pictures. Raises InvalidRequest."""
    presets = {f"{role}_id" for role in roles}
    said = {name: value for name, value in body.fields.items() if name not in presets}
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise InvalidRequest(explain(error.errors())) from error


def explain(errors: Sequence[Any]) -> str:
    """What is wrong with which parameter, in one line; values are not repeated."""
    found = (
        f"{'.'.join(str(part)[:64] for part in error['loc'] if part not in ('body', 'query'))}: "
        f"{error['msg']}"
        for error in errors[:5]
    )
    return "; ".join(found)


def presets_of(body: Body, roles: Sequence[str]) -> dict[str, str]:
    """Which pictures are the gallery's: kept with the job for its history."""
    names = (f"{role}_id" for role in roles)
    return {name: str(body.fields[name]) for name in names if body.fields.get(name)}


async def take_pictures(
    parts: Context, limiter: CapacityLimiter, body: Body, roles: Sequence[str]
) -> dict[str, Picture]:
    """A picture for each role, from a file or from the gallery."""
    return {role: await _take(parts, limiter, body, role) for role in roles}


async def _take(parts: Context, limiter: CapacityLimiter, body: Body, role: str) -> Picture:
    preset = body.fields.get(f"{role}_id")
    data = body.files.get(role)
    if preset and data is not None:
        raise InvalidRequest(f"Send {role!r} or '{role}_id', not both.")
    if preset:
        kind = parts.presets.get(str(preset)).kind
        if role in ("person", "garment") and kind != role:
            raise PresetUnknown(f"The gallery has no {role} {str(preset)[:64]!r}.")
        return await run_sync(parts.presets.picture, str(preset), limiter=limiter)
    if data is None:
        raise ImageMissing(f"The {role} is missing.", f"Send a file {role!r}, or '{role}_id'.")
    if role == "image" and parts.settings.clip_seconds and is_clip(data):
        limits = ClipLimits.of(parts.settings)
        return await run_sync(accept_clip, data, limits, limiter=limiter)
    return await run_sync(accept, data, parts.limits, limiter=limiter)


async def submit(
    request: Request,
    parts: Context,
    caller: Principal,
    kind: Kind,
    parameters: Parameters,
    body: Body,
    roles: Sequence[str],
    key: str | None,
    prefer: str | None,
    ready: Rendering | None = None,
) -> Response:
    """Store the job, wake a runner, wait as long as was asked for.

    With a known `key` the first answer goes out again, as it was; what is `ready` needs no runner.
    """
    user, settings = caller.user_id, parts.settings
    parts.rates.take("jobs", user, settings.rate_submissions)
    await run_sync(parts.identity.consents.needed, user)
    if parameters.webhook_url:
        parts.webhooks.check(parameters.webhook_url)
    pictures = await take_pictures(parts, request.app.state.decoders, body, roles)
    chosen = parameters.chosen() | presets_of(body, roles)
    known = key is not None and await run_sync(parts.replies.is_known, user, key)
    wishes = parameters.wishes()
    if ready:
        job_id = await run_sync(parts.jobs.answer, user, chosen, pictures, ready, key, wishes)
        parts.answered("gallery")
    else:
        job_id = await run_sync(parts.jobs.submit, user, kind, chosen, pictures, key, wishes)
    if key and known and (first := await run_sync(parts.replies.find, user, key)):
        return _response(first, {"Idempotent-Replayed": "true"})
    if not ready:
        parts.wake()
    answer = await _answer(request, parts, user, job_id, _wait(prefer))
    if key and not known:
        answer = await run_sync(parts.replies.keep, user, key, answer)
    return _response(answer)


async def _answer(
    request: Request, parts: Context, user: str, job_id: str, seconds: float
) -> Answer:
    """The job when it is done, or as it stands after so many seconds."""
    snapshot = await until_done(parts, user, job_id, seconds)
    root = root_of(request)
    headers = {"Location": f"{root}/v1/jobs/{job_id}"}
    if seconds:
        headers["Preference-Applied"] = f"wait={seconds:g}"
    if not snapshot.done:
        headers["Retry-After"] = "1"
    body = job_view(snapshot, root).model_dump_json()
    return Answer(200 if snapshot.done else 202, headers, body)


def _response(answer: Answer, more: Mapping[str, str] | None = None) -> Response:
    headers = {**answer.headers, **(more or {})}
    return Response(answer.body, answer.status, headers, "application/json")


async def until_done(parts: Context, user: str, job_id: str, seconds: float) -> Snapshot:
    """The job when it is done, or as it stands after so many seconds."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while True:
        snapshot = await run_sync(parts.jobs.snapshot, user, job_id)
        left = deadline - time.monotonic()
        if snapshot.done or left <= 0:
            return snapshot
        await anyio.sleep(min(pause, left))
        pause = min(pause * 1.3, _LAST_PAUSE)


def _wait(prefer: str | None) -> float:
    """Seconds that `Prefer: wait=N` asks for; what cannot be read is not preferred."""
    found = re.search(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})", prefer or "")
    return min(float(found.group(1)), LONGEST_WAIT) if found else 0.0
