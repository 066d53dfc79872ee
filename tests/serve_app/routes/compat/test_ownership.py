"""Whose is what: every route of the old clients × who asks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from serve_app.blobs import FolderBlobs
from serve_app.context import Context
from serve_app.identity import SCOPES
from serve_app.jobs import Jobs
from serve_app.routes.compat import ROUTERS
from tests.serve_app.conftest import Clock
from tests.serve_app.routes.compat.steps import (
    images,
    in_market,
    sent_to_cloth,
    text,
)
from tests.serve_app.routes.conftest import new_guest, photo

MINE: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("POST", "/tryon"): (
        "jobs:write",
        {"json": {"examplePersonId": 1, "exampleClothId": 1}},
    ),
    ("GET", "/tryon"): ("jobs:write", {"json": {"examplePersonId": 1, "exampleClothId": 1}}),
    ("POST", "/anime"): ("jobs:write", {"json": {"imgData": text(photo(1))}}),
    ("GET", "/anime"): ("jobs:write", {"json": {"imgData": text(photo(1))}}),
    ("POST", "/queryTryon"): ("jobs:read", {"json": {}}),
    ("POST", "/getHistory"): ("jobs:read", {"json": {}}),
    ("POST", "/cloth"): (
        "jobs:write",
        {"content": sent_to_cloth(photo(1), "", camera_frame=False)},
    ),
    ("GET", "/Try_On_API/"): ("jobs:write", {}),
    ("POST", "/Try_On_API/upload"): ("jobs:write", {"files": {"file": photo(2)}}),
    ("GET", "/Try_On_API/reset_model"): ("jobs:write", {}),
    ("GET", "/Try_On_API/view"): ("jobs:write", {}),
    ("POST", "/getprod"): (
        "jobs:write",
        {"files": {"product": photo(2)}, "data": {"prodId": "1", "userId": "1"}},
    ),
    ("POST", "/showimage"): (
        "jobs:write",
        {"files": {"image": photo(1)}, "data": {"dirname": "DIRNAME"}},
    ),
    ("POST", "/export"): ("jobs:read", {"data": {"dirname": "DIRNAME"}}),
}
"""The scope that each route needs, and what is sent to it."""
OPEN = {("GET", "/cloth"), ("GET", "/compat/picture.{suffix}")}


def test_the_table_names_every_route() -> None:
    routes = {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    assert routes - {("HEAD", path) for _, path in routes} == set(MINE) | OPEN


@dataclass
class Market:
    """A draft of an owner's that somebody was dressed in, and how to ask for it."""

    client: httpx.Client
    owner: dict[str, str]
    dirname: str

    def call(self, route: tuple[str, str], headers: dict[str, str]) -> httpx.Response:
        said = dict(MINE[route][1])
        if "data" in said and "dirname" in said["data"]:
            said["data"] = {"dirname": self.dirname}
        return self.client.request(*route, headers=headers, **said)

    def fault(self, answer: httpx.Response) -> str:
        """The name of the error that the answer tells, in whichever words."""
        found = re.search(r'"(?:name|detail|error)": ?"([A-Z]\w+)[":]', answer.text)
        return found.group(1) if found else ""


@pytest.fixture
def own(client: httpx.Client, guest: dict[str, str], key: str) -> Market:
    told = in_market(client, key, photo(2))
    headers = {"Authorization": f"Bearer {key}"}
    market = Market(client, headers, told["dirname"])
    assert market.call(("POST", "/showimage"), headers).status_code == 200
    client.post("/Try_On_API/upload", headers=headers, files={"file": photo(2)})
    return market


@pytest.mark.parametrize("route", sorted(MINE), ids=" ".join)
def test_who_gets_in(own: Market, guest: dict[str, str], route: tuple[str, str]) -> None:
    assert own.fault(own.call(route, own.owner)) == ""
    own.client.cookies.clear()
    for bad in ("Bearer frk_unknown", "Bearer " + "x" * 3000):
        assert own.fault(own.call(route, {"Authorization": bad})) == "TokenInvalid"
    if route != ("GET", "/Try_On_API/"):  # whoever comes there becomes a guest
        assert own.fault(own.call(route, {})) == "TokenMissing"
        assert own.fault(own.call(route, {"Authorization": "Basic YTpi"})) == "TokenMissing"
    others = [scope for scope in SCOPES if scope != MINE[route][0]]
    said = {"name": "too little", "scopes": others}
    weak = own.client.post("/v1/keys", headers=guest, json=said).json()["key"]
    assert own.fault(own.call(route, {"Authorization": f"Bearer {weak}"})) == "ScopeMissing"


def test_a_stranger_finds_nothing(own: Market) -> None:
    stranger = new_guest(own.client)
    for route in (("POST", "/showimage"), ("POST", "/export")):
        answer = own.call(route, stranger)
        assert answer.status_code == 404
        invented = replace(own, dirname="12_7_" + "0" * 26).call(route, own.owner)
        assert answer.json() == invented.json(), "it shows that there is one"
    assert own.client.post("/getHistory", headers=stranger, json={}).json()["data"] == []
    assert own.client.post("/queryTryon", headers=stranger, json={}).json()["code"] == 500
    assert set(images(own.client.get("/Try_On_API/", headers=stranger))) == {"person"}


def test_the_address_of_a_picture_cannot_be_guessed(client: httpx.Client, key: str) -> None:
    told = in_market(client, key, photo(2))
    asked = {name: found[0] for name, found in parse_qs(urlsplit(told["clothsrc"]).query).items()}
    assert client.get("/compat/picture.png", params=asked).status_code == 200
    for change in ({"proof": "0" * 64}, {"of": "0" * 26}, {"proof": "é"}, {"of": ""}):
        answer = client.get("/compat/picture.png", params=asked | change)
        assert (answer.status_code, answer.json()["error"]["name"]) == (404, "PictureNotFound")


def test_what_was_sent_ahead_ends(
    client: httpx.Client, key: str, clock: Clock, jobs: Jobs, blobs: FolderBlobs
) -> None:
    told = in_market(client, key, photo(2))
    clock.forward(hours=25)
    assert client.get(told["clothsrc"]).status_code == 404
    name = {"dirname": told["dirname"]}
    headers = {"Authorization": f"Bearer {key}"}
    assert client.post("/export", headers=headers, data=name).status_code == 404
    jobs.sweep()
    assert list(blobs.names()) == []


def test_behind_a_proxy_the_addresses_are_those_of_the_settings(
    client: httpx.Client, old_application: FastAPI, context: Context, key: str
) -> None:
    settings = context.settings.model_copy(update={"public_url": "https://fit.example.com/app/"})
    old_application.state.context = replace(context, settings=settings)
    told = in_market(client, key, photo(2))
    assert told["hostUrl"] == "https://fit.example.com/app/"
    assert told["clothsrc"].startswith("https://fit.example.com/app/compat/picture.png?of=")
    assert "Secure" in client.get("/Try_On_API/").headers["set-cookie"]


@pytest.mark.parametrize(
    "path", [*(path for _, path in MINE), "/cloth", "/compat/picture.png?of=a&proof=b"]
)
def test_no_garbage_is_a_fault_of_the_server(client: httpx.Client, key: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    for body in (b"", b"\0\xff", b"{", b'{"userId": {}}', b'{"imgData": 1}', b"[" * 50_000):
        for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
            told = {**headers, "content-type": kind}
            assert client.post(path, content=body, headers=told).status_code < 500


def test_they_are_not_there_unless_switched_on(application: FastAPI) -> None:
    paths = {route.path for route in application.routes if isinstance(route, Route)}
    assert not paths & {path for _, path in [*MINE, *OPEN]}
