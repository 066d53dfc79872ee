"""/v1/me: the user who is asking, and all that is theirs."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from serve_app.context import Context
from serve_app.errors import InvalidRequest, StorageUnavailable
from serve_app.identity import Principal
from serve_app.routes.parts import PERSONAL, Editor, LoggedIn, Myself, Parts, answers
from serve_app.routes.views import root_of

router = APIRouter(prefix="/v1/me", tags=["identity"])


class MeView(BaseModel):
    """Who is asking."""

    id: str
    nickname: str | None
    portrait: str | None = Field(description="Address of my picture; null where there is none.")
    created_at: datetime
    guest: bool = Field(description="Known by a token alone.")
    identities: list[str] = Field(description="How else: `password`, `wechat`.")
    admin: bool = Field(description="May see, stop and erase everybody's jobs, not their pictures.")
    scopes: list[str] | None = Field(description="Of the API key that was sent; null for a login.")


class MeChange(BaseModel):
    """What may be changed of a user."""

    model_config = ConfigDict(extra="forbid")

    nickname: str | None = Field(max_length=64, description="null takes it away.")


class SecretView(BaseModel):
    """What webhooks are signed with."""

    secret: str = Field(description="`whsec_…`, as libraries of Standard Webhooks take it.")


def _view(request: Request, parts: Context, caller: Principal) -> MeView:
    user, ways = parts.identity.user(caller.user_id)
    providers = sorted({way.provider for way in ways})
    return MeView(
        id=user.id,
        nickname=user.nickname,
        portrait=f"{root_of(request)}/v1/me/portrait" if user.portrait else None,
        created_at=user.created_at,
        guest=not providers,
        identities=providers,
        admin=caller.admin,
        scopes=None if caller.scopes is None else sorted(caller.scopes),
    )


@router.get("", responses=answers(*PERSONAL))
def me(request: Request, parts: Parts, caller: Myself) -> MeView:
    """Who I am."""
    return _view(request, parts, caller)


@router.patch("", responses=answers(*PERSONAL, InvalidRequest))
def change(request: Request, said: MeChange, parts: Parts, caller: Editor) -> MeView:
    """Change what I am called."""
    parts.identity.rename(caller.user_id, said.nickname)
    return _view(request, parts, caller)


@router.delete("", status_code=204, responses=answers(*PERSONAL, StorageUnavailable))
def erase(parts: Parts, caller: LoggedIn) -> None:
    """Erase all that is mine: pictures, jobs, keys, names and myself. The token ends with it."""
    parts.privacy.erase_user(caller.user_id)


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {
            "description": "A ZIP archive: all that is known of me as JSON, and my pictures.",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
        **answers(*PERSONAL, StorageUnavailable),
    },
)
def export(parts: Parts, caller: LoggedIn) -> Response:
    """All that is kept of me."""
    pieces = parts.privacy.export_user(caller.user_id)
    headers = {"Content-Disposition": 'attachment; filename="fitting-room.zip"'}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.get("/webhook-secret", responses=answers(*PERSONAL))
def webhook_secret(parts: Parts, caller: LoggedIn) -> SecretView:
    """What my webhooks are signed with; made when it is first asked for."""
    return SecretView(secret=parts.webhooks.secret(caller.user_id))


@router.post("/webhook-secret", responses=answers(*PERSONAL))
def new_webhook_secret(parts: Parts, caller: LoggedIn) -> SecretView:
    """A new one. What is sent from now on is signed with it, the old one counts no more."""
    return SecretView(secret=parts.webhooks.secret(caller.user_id, renew=True))
