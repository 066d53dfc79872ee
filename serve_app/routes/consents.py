"""/v1/terms and /v1/me/consents: what users are asked to agree to, and what they agreed to."""

from __future__ import annotations

from datetime import datetime

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from serve_app.consents import Matter
from serve_app.context import Context
from serve_app.errors import ConsentMissing, InvalidRequest
from serve_app.routes.parts import COUNTED, PERSONAL, LoggedIn, Myself, Parts, answers, counted

router = APIRouter(tags=["identity"])

VERSION = Field(
    min_length=1, max_length=32, description="That of GET /v1/terms, which the user has read."
)


class TermsView(BaseModel):
    """What is to be agreed to before the first job, and how long pictures are kept."""

    version: str | None = Field(description="null: nobody is asked.")
    url: str | None = Field(description="Where the terms are read.")
    photo_hours: float = Field(description="How long the pictures that are sent are kept.")
    result_hours: float = Field(description="How long results are kept.")


class ConsentView(BaseModel):
    """One matter that was agreed to."""

    matter: Matter = Field(description="The terms; or that the pictures one sends are worked on.")
    version: str
    given_at: datetime
    withdrawn_at: datetime | None


class ConsentsView(BaseModel):
    """All there ever were, the latest last."""

    consents: list[ConsentView]


class Agreement(BaseModel):
    """A yes."""

    model_config = ConfigDict(extra="forbid")

    version: str = VERSION


@router.get("/v1/terms", responses=answers(*COUNTED), dependencies=[Depends(counted)])
async def terms(parts: Parts) -> TermsView:
    """What there is to be agreed to, and how long pictures are kept."""
    settings = parts.settings
    return TermsView(
        version=settings.terms_version or None,
        url=settings.terms_url or None,
        photo_hours=settings.input_hours,
        result_hours=settings.result_hours,
    )


@router.get("/v1/me/consents", responses=answers(*PERSONAL))
async def listed(parts: Parts, caller: Myself) -> ConsentsView:
    """What I agreed to."""
    return await run_sync(_view, parts, caller.user_id)


@router.post(
    "/v1/me/consents", status_code=201, responses=answers(*PERSONAL, InvalidRequest, ConsentMissing)
)
async def agree(said: Agreement, parts: Parts, caller: LoggedIn) -> ConsentsView:
    """I agree to the terms, and that my pictures are worked on."""
    await run_sync(parts.identity.consents.agree, caller.user_id, said.version)
    return await run_sync(_view, parts, caller.user_id)


@router.delete("/v1/me/consents", status_code=204, responses=answers(*PERSONAL))
async def take_back(parts: Parts, caller: LoggedIn) -> None:
    """I take it back. What was made stays mine to erase: DELETE /v1/me."""
    await run_sync(parts.identity.consents.take_back, caller.user_id)


def _view(parts: Context, user_id: str) -> ConsentsView:
    return ConsentsView(
        consents=[
            ConsentView(
                matter="terms" if one.kind == "terms" else "pictures",
                version=one.version,
                given_at=one.given_at,
                withdrawn_at=one.withdrawn_at,
            )
            for one in parts.identity.consents.given(user_id)
        ]
    )
