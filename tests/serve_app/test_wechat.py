"""Logging in with WeChat, against a server that answers as WeChat's does."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from serve_app.errors import (
    ServiceError,
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatNotConfigured,
    WeChatUnavailable,
    WeChatUserBlocked,
)
from serve_app.settings import Settings
from serve_app.wechat import WeChat
from tests.ports import free_port
from tests.receiver import Received, Receiver, Reply, receiving

SECRET = "very secret"
ERRORS = {
    "used": (40163, "code been used", WeChatCodeInvalid),
    "unknown": (40029, "invalid code", WeChatCodeInvalid),
    "busy": (45011, "api minute-quota reach limit  mustslower  retry next minute", WeChatBusy),
    "blocked": (40226, "code blocked", WeChatUserBlocked),
    "down": (-1, "system error", WeChatUnavailable),
    "secret": (40125, "invalid appsecret", WeChatNotConfigured),
    "appid": (40013, "invalid appid", WeChatNotConfigured),
    "new": (12345, "never heard of", WeChatUnavailable),
}


def jscode2session(request: Received) -> Reply:
    """WeChat's: always 200, always text/plain, `errcode` where something is wrong."""
    said = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
    if said != {
        "appid": "wx123",
        "secret": SECRET,
        "js_code": said.get("js_code", ""),
        "grant_type": "authorization_code",
    }:
        return _said({"errcode": 40013, "errmsg": "invalid appid"})
    code = said["js_code"]
    if code in ERRORS:
        number, message, _ = ERRORS[code]
        return _said({"errcode": number, "errmsg": f"{message}, rid: 1-2-3"})
    return _said({"session_key": "key==", "openid": f"openid of {code}", "unionid": "u"})


def _said(body: dict[str, object]) -> Reply:
    return Reply(200, json.dumps(body).encode(), {"Content-Type": "text/plain"})


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiving() as receiver:
        receiver.reply = jscode2session
        yield receiver


def settings_of(url: str, app_secret: str = SECRET) -> Settings:
    return Settings(
        wechat_app_id="wx123",
        wechat_app_secret=SecretStr(app_secret),
        wechat_url=f"{url}/sns/jscode2session",
    )


async def test_a_code_becomes_somebody(server: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert await WeChat(settings_of(server.url)).subject("anna") == "openid of anna"
    assert server.received[0].path.startswith("/sns/jscode2session?")
    assert "secret" not in caplog.text, "addresses with the secret are not logged"


@pytest.mark.parametrize("code", ERRORS)
async def test_errors_have_names(server: Receiver, code: str) -> None:
    kind: type[ServiceError] = ERRORS[code][2]
    with pytest.raises(kind) as caught:
        await WeChat(settings_of(server.url)).subject(code)
    assert caught.value.hint
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "wrong"])
async def test_a_mini_program_that_is_not_set_up(server: Receiver, secret: str) -> None:
    with pytest.raises(WeChatNotConfigured):
        await WeChat(settings_of(server.url, secret)).subject("anna")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, b"{}"),
        Reply(302, headers={"Location": "/elsewhere"}),
        Reply(200, b"<html>"),
        Reply(200, b"[]"),
        Reply(200, b"{}"),
        Reply(200, b'{"openid": ""}'),
        Reply(200, b'{"openid": 5}'),
        Reply(200, b'{"openid": "' + b"x" * 500 + b'"}'),
    ],
)
async def test_answers_that_make_no_sense(server: Receiver, reply: Reply) -> None:
    server.reply = lambda _: reply
    with pytest.raises(WeChatUnavailable):
        await WeChat(settings_of(server.url)).subject("anna")


async def test_a_server_that_is_away() -> None:
    with pytest.raises(WeChatUnavailable):
        await WeChat(settings_of(f"http://127.0.0.1:{free_port()}")).subject("anna")


async def test_a_server_that_is_slow(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serve_app.wechat._SECONDS", 0.2)
    server.reply = lambda _: Reply(after=1.0)
    with pytest.raises(WeChatUnavailable):
        await WeChat(settings_of(server.url)).subject("anna")
