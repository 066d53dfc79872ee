"""/v1/auth: how to become somebody, and to be nobody again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from serve_app.errors import (
    AlreadySignedUp,
    ConsentMissing,
    InvalidRequest,
    NameTaken,
    PasswordWeak,
    PasswordWrong,
    ScopeMissing,
    TokenInvalid,
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatNotConfigured,
    WeChatUnavailable,
    WeChatUserBlocked,
)
from serve_app.identity import Grant, normal_name
from serve_app.passwords import LONGEST
from serve_app.routes.parts import COUNTED, PERSONAL, LoggedIn, Parts, Visitor, answers, entrance

router = APIRouter(prefix="/v1/auth", tags=["identity"])

_TRIES_A_MINUTE = 10
"""Passwords for one name, from wherever they come."""
_VISITED = (*COUNTED, InvalidRequest, TokenInvalid, ScopeMissing)


class TokenView(BaseModel):
    """A bearer token, shown this once."""

    token: str = Field(description="Send it as `Authorization: Bearer <token>`.")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    user_id: str
    expires_at: datetime


class Named(BaseModel):
    """A name to log in with, such as an e-mail address, and a password."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=3, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f]+$")
    password: str = Field(min_length=1, max_length=LONGEST)


class Consenting(BaseModel):
    """Somebody new may agree to the terms in the same call."""

    model_config = ConfigDict(extra="forbid")

    consent: str | None = Field(
        default=None,
        min_length=1,
        max_length=32,
        description="The version of GET /v1/terms that the user has read and agrees to.",
    )


class NewNamed(Named, Consenting):
    """What a name is made of."""


class NewPassword(BaseModel):
    """The password of now, and the one from now on."""

    model_config = ConfigDict(extra="forbid")

    old: str = Field(min_length=1, max_length=LONGEST)
    new: str = Field(min_length=1, max_length=LONGEST)


class WeChatLogin(Consenting):
    """What `wx.login()` gave the mini-program."""

    code: str = Field(min_length=1, max_length=128)


def _view(grant: Grant) -> TokenView:
    return TokenView(token=grant.token, user_id=grant.user_id, expires_at=grant.expires_at)


@router.post(
    "/guest",
    status_code=201,
    responses=answers(*COUNTED, InvalidRequest, ConsentMissing),
    dependencies=[Depends(entrance)],
)
def guest(parts: Parts, said: Consenting | None = None) -> TokenView:
    """A new guest: one call, no form. Jobs belong to whoever holds the token."""
    return _view(parts.identity.guest(said.consent if said else None))


@router.post(
    "/signup",
    status_code=201,
    responses=answers(*_VISITED, NameTaken, AlreadySignedUp, PasswordWeak, ConsentMissing),
    dependencies=[Depends(entrance)],
)
def sign_up(said: NewNamed, parts: Parts, user_id: Visitor) -> TokenView:
    """A name and a password. A guest who sends their token keeps their jobs."""
    return _view(parts.identity.sign_up(said.name, said.password, user_id, said.consent))


@router.post(
    "/login",
    responses=answers(*COUNTED, InvalidRequest, PasswordWrong),
    dependencies=[Depends(entrance)],
)
def log_in(said: Named, parts: Parts) -> TokenView:
    """A token for a name and its password."""
    limited = bool(parts.settings.rate_logins)
    parts.rates.take("logins to one name", normal_name(said.name), _TRIES_A_MINUTE * limited)
    return _view(parts.identity.log_in(said.name, said.password))


@router.post(
    "/wechat",
    responses=answers(
        *_VISITED,
        WeChatCodeInvalid,
        WeChatUserBlocked,
        WeChatBusy,
        WeChatUnavailable,
        WeChatNotConfigured,
        ConsentMissing,
    ),
    dependencies=[Depends(entrance)],
)
async def wechat(said: WeChatLogin, parts: Parts, user_id: Visitor) -> TokenView:
    """A token for the code of `wx.login()`, which the server exchanges with WeChat.

    A guest who sends their token keeps their jobs when they come from WeChat for the first time.
    """
    openid = await parts.wechat.subject(said.code)
    found = parts.identity.by_provider
    return _view(await run_sync(found, "wechat", openid, user_id, said.consent))


@router.post("/refresh", responses=answers(*PERSONAL))
def refresh(parts: Parts, caller: LoggedIn) -> TokenView:
    """A new token for the one that was sent, which ends five minutes later."""
    return _view(parts.identity.refresh(caller.user_id, caller.token_id))


@router.post("/logout", status_code=204, responses=answers(*PERSONAL, InvalidRequest))
def log_out(
    parts: Parts,
    caller: LoggedIn,
    everywhere: Annotated[bool, Query(description="End all logins of the user.")] = False,
) -> None:
    """End this login. A guest who logs out loses the way to their jobs."""
    parts.identity.log_out(caller.user_id, caller.token_id, everywhere=everywhere)


@router.post(
    "/password",
    status_code=204,
    response_class=Response,
    responses=answers(*PERSONAL, InvalidRequest, PasswordWrong, PasswordWeak),
)
def change_password(said: NewPassword, parts: Parts, caller: LoggedIn) -> None:
    """Another password. All other logins of the user end."""
    parts.rates.take("passwords of one user", caller.user_id, _TRIES_A_MINUTE)
    parts.identity.change_password(caller.user_id, caller.token_id, said.old, said.new)
