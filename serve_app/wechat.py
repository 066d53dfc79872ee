"""WeChat's mini-programs: what `wx.login()` gives the client becomes somebody we know.

The client sends the code; the server exchanges it, with a secret that only the server has. The
session key that comes along opens WeChat's data about the user: it is dropped at once.
https://developers.weixin.qq.com/miniprogram/en/dev/api-backend/open-api/login/auth.code2Session.html
"""

from __future__ import annotations

import json
from typing import Any

import httpx

from serve_app import dial
from serve_app.errors import (
    ServiceError,
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatNotConfigured,
    WeChatUnavailable,
    WeChatUserBlocked,
)
from serve_app.settings import Settings

_SECONDS = 10.0
_CODE_INVALID = (40029, 40163, 41008)
_BUSY = (45011,)
_BLOCKED = (40226,)
_OUR_FAULT = (40013, 40125, 41002, 41004)
"""An AppID or AppSecret that is wrong or missing."""


class WeChat:
    """Knows the mini-program that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def configured(self) -> bool:
        return bool(
            self.settings.wechat_app_id and self.settings.wechat_app_secret.get_secret_value()
        )

    async def subject(self, code: str) -> str:
        """Who has the code: the openid, which is the same at every login of that user.

        Raises WeChatCodeInvalid, WeChatUserBlocked, WeChatBusy, WeChatUnavailable,
        WeChatNotConfigured.
        """
        if not self.configured:
            raise WeChatNotConfigured("No mini-program is set up here.")
        try:
            answer = await dial.send(
                "GET", self._url(code), seconds=_SECONDS, allowed=dial.anywhere
            )
        except dial.NoAnswer as error:
            raise WeChatUnavailable("WeChat does not answer.") from error
        return _openid(answer)

    def _url(self, code: str) -> httpx.URL:
        return httpx.URL(self.settings.wechat_url).copy_merge_params(
            {
                "appid": self.settings.wechat_app_id,
                "secret": self.settings.wechat_app_secret.get_secret_value(),
                "js_code": code,
                "grant_type": "authorization_code",
            }
        )


def _openid(answer: dial.Answer) -> str:
    said = _parsed(answer)
    number = said.get("errcode") or 0
    if number:
        raise _error(number)
    openid = said.get("openid")
    if not isinstance(openid, str) or not 0 < len(openid) <= 128:
        raise WeChatUnavailable("WeChat answered without an openid.")
    return openid


def _parsed(answer: dial.Answer) -> dict[str, Any]:
    """WeChat says text/plain and means JSON; its errors come with the status 200."""
    try:
        said = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise WeChatUnavailable(f"WeChat answered with the status {answer.status}.")
    return said


def _error(number: Any) -> ServiceError:
    if number in _CODE_INVALID:
        return WeChatCodeInvalid("WeChat does not know this code.")
    if number in _BUSY:
        return WeChatBusy("WeChat was asked too often for this user.")
    if number in _BLOCKED:
        return WeChatUserBlocked("WeChat does not log this user in.")
    if number in _OUR_FAULT:
        return WeChatNotConfigured(f"WeChat refuses the mini-program's id or secret: {number}.")
    return WeChatUnavailable(f"WeChat is not able to answer: {str(number)[:16]}.")
