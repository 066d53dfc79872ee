"""/v1/keys: tokens for servers, which may do less than their owner and last longer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from serve_app.database import Token
from serve_app.errors import InvalidRequest, KeyNotFound, TooManyKeys
from serve_app.identity import Scope
from serve_app.routes.parts import PERSONAL, LoggedIn, Parts, answers

router = APIRouter(prefix="/v1/keys", tags=["identity"])


class NewKey(BaseModel):
    """What a key is called, what it may do, and for how long."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64, description="To tell it from your others.")
    scopes: list[Scope] = Field(
        default=["jobs:read", "jobs:write"],
        min_length=1,
        max_length=8,
        description="`admin` counts only for users who are admins.",
    )
    days: float = Field(default=365.0, gt=0, le=3650, description="How long it is valid.")


class KeyView(BaseModel):
    """A key as it is listed: without the key itself."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the hour.")


class NewKeyView(KeyView):
    """A key, shown this once."""

    key: str = Field(description="Send it as `Authorization: Bearer <key>`.")


class KeysView(BaseModel):
    """The newest first."""

    keys: list[KeyView]


def _view(key: Token) -> KeyView:
    return KeyView(
        id=key.id,
        name=key.name or "",
        scopes=key.scopes or [],
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )


@router.post("", status_code=201, responses=answers(*PERSONAL, InvalidRequest, TooManyKeys))
def create(said: NewKey, parts: Parts, caller: LoggedIn) -> NewKeyView:
    """A key for a server of yours."""
    grant = parts.identity.create_key(caller.user_id, said.name, said.scopes, said.days)
    made = next(key for key in parts.identity.keys(caller.user_id) if key.id == grant.id)
    return NewKeyView(**_view(made).model_dump(), key=grant.token)


@router.get("", responses=answers(*PERSONAL))
def listed(parts: Parts, caller: LoggedIn) -> KeysView:
    """Your keys."""
    return KeysView(keys=[_view(key) for key in parts.identity.keys(caller.user_id)])


@router.delete(
    "/{key_id}", status_code=204, responses=answers(*PERSONAL, InvalidRequest, KeyNotFound)
)
def revoke(key_id: Annotated[str, Path(max_length=64)], parts: Parts, caller: LoggedIn) -> None:
    """Take a key away; it opens nothing any more from now on."""
    parts.identity.revoke_key(caller.user_id, key_id)
