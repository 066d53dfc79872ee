"""Becoming somebody over HTTP, API keys, and what belongs to a user."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from serve_app.blobs import FolderBlobs
from serve_app.context import Context
from serve_app.wechat import WeChat
from tests.receiver import receiving
from tests.serve_app.routes.conftest import Runner, Submit, new_guest
from tests.serve_app.test_wechat import ERRORS, jscode2session, settings_of

NAMED = {"name": "Anna@example.com", "password": "a good long password"}


def bearer(answer: httpx.Response) -> dict[str, str]:
    assert answer.is_success, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def ids(client: httpx.Client, headers: dict[str, str]) -> list[str]:
    return [job["id"] for job in client.get("/v1/jobs", headers=headers).json()["jobs"]]


def test_a_guest_who_signs_up_keeps_the_history(
    client: httpx.Client, guest: dict[str, str], submit: Submit
) -> None:
    job_id = submit().json()["id"]
    assert client.get("/v1/me", headers=guest).json()["guest"] is True
    named = bearer(client.post("/v1/auth/signup", headers=guest, json=NAMED))
    assert ids(client, named) == [job_id]
    me = client.get("/v1/me", headers=named).json()
    assert (me["guest"], me["identities"], me["admin"]) == (False, ["password"], False)
    again = bearer(client.post("/v1/auth/login", json=NAMED | {"name": "ANNA@example.com"}))
    assert ids(client, again) == [job_id]
    twice = client.post("/v1/auth/signup", headers=guest, json=NAMED | {"name": "other"})
    assert (twice.status_code, twice.json()["error"]["name"]) == (409, "AlreadySignedUp")
    taken = client.post("/v1/auth/signup", json=NAMED)
    assert (taken.status_code, taken.json()["error"]["name"]) == (409, "NameTaken")


@pytest.mark.parametrize(
    ("change", "status", "name"),
    [
        ({"password": "tiny pw"}, 422, "PasswordWeak"),
        ({"password": "x" * 257}, 422, "InvalidRequest"),
        ({"name": "ab"}, 422, "InvalidRequest"),
        ({"name": "a b c"}, 422, "InvalidRequest"),
        ({"name": "x" * 65}, 422, "InvalidRequest"),
        ({"role": "admin"}, 422, "InvalidRequest"),
    ],
)
def test_sign_ups_that_are_refused(
    client: httpx.Client, change: dict[str, str], status: int, name: str
) -> None:
    answer = client.post("/v1/auth/signup", json=NAMED | change)
    assert (answer.status_code, answer.json()["error"]["name"]) == (status, name)
    assert change.get("password", "\0") not in answer.text, "what was sent is not repeated"


def test_refresh_and_logout(client: httpx.Client, guest: dict[str, str], submit: Submit) -> None:
    job_id = submit().json()["id"]
    new = bearer(client.post("/v1/auth/refresh", headers=guest))
    assert ids(client, new) == [job_id]
    assert client.post("/v1/auth/logout", headers=new).status_code == 204
    for ended in (new, guest):
        answer = client.get("/v1/jobs", headers=ended)
        assert (answer.status_code, answer.json()["error"]["name"]) == (401, "TokenInvalid")


def test_a_bad_token_does_not_sign_up(client: httpx.Client) -> None:
    headers = {"Authorization": "Bearer fr_unknown"}
    assert client.post("/v1/auth/signup", headers=headers, json=NAMED).status_code == 401


def test_passwords_are_not_tried_for_long(client: httpx.Client) -> None:
    client.post("/v1/auth/signup", json=NAMED)
    wrong = NAMED | {"password": "wrong"}
    answers = [client.post("/v1/auth/login", json=wrong) for _ in range(11)]
    assert {one.status_code for one in answers[:10]} == {401}
    assert answers[10].status_code == 429
    assert int(answers[10].headers["retry-after"]) > 0
    assert client.post("/v1/auth/login", json=NAMED | {"name": "other"}).status_code == 401


@pytest.fixture
def wechat(application: FastAPI, client: httpx.Client, context: Context) -> Iterator[None]:
    with receiving() as server:
        server.reply = jscode2session
        application.state.context = replace(context, wechat=WeChat(settings_of(server.url)))
        yield


def test_wechat(wechat: None, client: httpx.Client, guest: dict[str, str], submit: Submit) -> None:
    job_id = submit().json()["id"]
    answer = client.post("/v1/auth/wechat", headers=guest, json={"code": "anna"})
    assert ids(client, bearer(answer)) == [job_id]
    for secret in ("very secret", "key==", "openid of anna"):
        assert secret not in answer.text
    later = bearer(client.post("/v1/auth/wechat", json={"code": "anna"}))
    assert ids(client, later) == [job_id]
    assert client.get("/v1/me", headers=later).json()["identities"] == ["wechat"]
    other = bearer(client.post("/v1/auth/wechat", json={"code": "ben"}))
    assert ids(client, other) == []


@pytest.mark.parametrize("code", ERRORS)
def test_errors_of_wechat(wechat: None, client: httpx.Client, code: str) -> None:
    kind = ERRORS[code][2]
    answer = client.post("/v1/auth/wechat", json={"code": code})
    assert (answer.status_code, answer.json()["error"]["name"]) == (kind.status, kind.__name__)
    assert ("retry-after" in answer.headers) == (kind.retry_after is not None)


def test_the_secret_of_wechat_is_shown_nowhere(context: Context) -> None:
    settings = context.settings.model_copy(update={"wechat_app_secret": SecretStr("very secret")})
    assert "very secret" not in repr(settings) + str(settings.model_dump())


def test_keys(client: httpx.Client, guest: dict[str, str], submit: Submit) -> None:
    job_id = submit().json()["id"]
    made = client.post("/v1/keys", headers=guest, json={"name": "server", "days": 30}).json()
    assert made["scopes"] == ["jobs:read", "jobs:write"]
    headers = {"Authorization": f"Bearer {made.pop('key')}"}
    assert ids(client, headers) == [job_id]
    (listed,) = client.get("/v1/keys", headers=guest).json()["keys"]
    assert listed.pop("last_used_at")
    assert made.items() >= listed.items()
    assert client.delete(f"/v1/keys/{made['id']}", headers=guest).status_code == 204
    assert client.get("/v1/jobs", headers=headers).status_code == 401
    for bad in ({"name": ""}, {"name": "a", "scopes": ["all"]}, {"name": "a", "days": 0}, {}):
        assert client.post("/v1/keys", headers=guest, json=bad).status_code == 422


def test_a_nickname(client: httpx.Client, guest: dict[str, str]) -> None:
    for nickname in ("Anna 安娜", None):
        answer = client.patch("/v1/me", headers=guest, json={"nickname": nickname})
        assert answer.json()["nickname"] == nickname
    for bad in ({}, {"nickname": "x" * 65}, {"nickname": "a", "role": "admin"}):
        assert client.patch("/v1/me", headers=guest, json=bad).status_code == 422


def test_everything_is_handed_out_and_erased(
    client: httpx.Client,
    guest: dict[str, str],
    submit: Submit,
    runner: Runner,
    blobs: FolderBlobs,
) -> None:
    job_id = submit().json()["id"]
    runner.do()
    stranger = new_guest(client)
    with client.stream("GET", "/v1/me/export", headers=guest) as answer:
        assert answer.headers["content-type"] == "application/zip"
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    account = json.loads(archive.read("account.json"))
    assert account["user"]["id"] == client.get("/v1/me", headers=guest).json()["id"]
    assert any(name.startswith(f"{job_id}/result.") for name in archive.namelist())
    assert guest["Authorization"].split()[1] not in str(account)

    assert client.delete("/v1/me", headers=guest).status_code == 204
    assert list(blobs.names()) == []
    assert client.get("/v1/me", headers=guest).status_code == 401
    assert client.get("/v1/me", headers=stranger).status_code == 200


def test_the_secret_of_webhooks(client: httpx.Client, guest: dict[str, str]) -> None:
    first, second = (client.get("/v1/me/webhook-secret", headers=guest) for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["secret"].startswith("whsec_")
    renewed = client.post("/v1/me/webhook-secret", headers=guest).json()
    assert renewed != first.json()
    assert client.get("/v1/me/webhook-secret", headers=guest).json() == renewed


def limited(application: FastAPI, context: Context, **settings: Any) -> None:
    application.state.context = replace(
        context, settings=context.settings.model_copy(update=settings)
    )


def test_a_user_who_asks_too_often(
    application: FastAPI, client: httpx.Client, context: Context, guest: dict[str, str]
) -> None:
    limited(application, context, rate_requests=5)
    answers = [client.get("/v1/jobs", headers=guest) for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert answers[5].json()["error"]["name"] == "RateLimited"
    assert 1 <= int(answers[5].headers["retry-after"]) <= 60
    assert client.get("/v1/jobs", headers=new_guest(client)).status_code == 200
    assert client.get("/healthz").status_code == 200


def test_an_address_that_asks_too_often(
    application: FastAPI, client: httpx.Client, context: Context, guest: dict[str, str]
) -> None:
    limited(application, context, rate_address=4)
    for _ in range(2):
        client.get("/v1/jobs", headers={"Authorization": "Bearer fr_guess"})
        client.get("/v1/engines")
    assert client.get("/v1/jobs", headers=guest).status_code == 429
    assert client.get("/v1/gallery/persons").status_code == 429
    assert client.get("/healthz").status_code == 200


def test_jobs_and_guests_have_limits_of_their_own(
    application: FastAPI, client: httpx.Client, context: Context, submit: Submit
) -> None:
    limited(application, context, rate_submissions=1, rate_logins=2)
    assert submit().status_code == 202
    assert submit().status_code == 429
    assert [client.post("/v1/auth/guest").status_code for _ in range(2)] == [201, 429]


async def test_addresses_behind_a_proxy(application: FastAPI, context: Context) -> None:
    async def ask(peer: str, forwarded: str) -> int:
        transport = httpx.ASGITransport(application, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/v1/engines", headers={"X-Forwarded-For": forwarded})
        return answer.status_code

    limited(application, context, rate_address=1, trusted_proxies=(ip_network("10.0.0.0/8"),))
    assert await ask("10.0.0.1", "1.1.1.1") == 200
    assert await ask("10.0.0.1", "1.1.1.2") == 200
    assert await ask("10.0.0.2", "6.6.6.6, 1.1.1.1") == 429, "who comes through another proxy"
    assert await ask("9.9.9.9", "2.2.2.2") == 200
    assert await ask("9.9.9.9", "3.3.3.3") == 429, "whoever invents addresses is one address"
