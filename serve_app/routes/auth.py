"""/v1/auth: how to become somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from serve_app.errors import DatabaseUnavailable
from serve_app.routes.parts import Parts, answers

router = APIRouter(prefix="/v1/auth", tags=["identity"])


class TokenView(BaseModel):
    """A bearer token, shown this once."""

    token: str = Field(description="Send it as `Authorization: Bearer <token>`.")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    user_id: str
    expires_at: datetime


@router.post("/guest", status_code=201, responses=answers(DatabaseUnavailable))
def guest(response: Response, parts: Parts) -> TokenView:
    """A new guest: one call, no form. Jobs belong to whoever holds the token."""
    response.headers["Cache-Control"] = "no-store"
    grant = parts.identity.guest()
    return TokenView(token=grant.token, user_id=grant.user_id, expires_at=grant.expires_at)
