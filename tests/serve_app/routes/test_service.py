"""The rest: gallery, offers, health, the page, headers, errors nobody expected, OpenAPI."""

from __future__ import annotations

import logging
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from deployments.types import PersonNotFound
from serve_app.blobs import FolderBlobs
from serve_app.context import Context
from serve_app.database import Database
from serve_app.routes.pages import FILES, WEB
from tests.serve_app.routes.conftest import Runner, Submit, photo


def test_the_gallery(client: httpx.Client) -> None:
    persons = client.get("/v1/gallery/persons").json()["items"]
    assert persons == [
        {
            "id": "anna",
            "kind": "person",
            "category": "",
            "title": "Anna",
            "credit": "us",
            "licence": "Apache-2.0",
            "url": "/v1/gallery/pictures/anna",
            "uploaded": False,
        }
    ]
    assert client.get("/v1/gallery/persons/random").json() == persons[0]
    garments = client.get("/v1/gallery/garments").json()["items"]
    assert [item["id"] for item in garments] == ["tee", "jeans"]
    lower = client.get("/v1/gallery/garments", params={"category": "lower"}).json()["items"]
    assert [item["id"] for item in lower] == ["jeans"]


def test_pictures_of_the_gallery(client: httpx.Client) -> None:
    answer = client.get("/v1/gallery/pictures/anna")
    assert (answer.content, answer.headers["content-type"]) == (photo(100), "image/png")
    again = client.get(
        "/v1/gallery/pictures/anna", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["secret.txt", "secret", "..%2Fgallery.toml", "a" * 64])
def test_the_gallery_shows_what_it_lists_and_nothing_else(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/v1/gallery/pictures/{name}")
    assert answer.status_code == 404
    assert answer.json()["error"]["name"] in ("PresetUnknown", "RouteNotFound")


def test_engines_and_styles(client: httpx.Client) -> None:
    engines = client.get("/v1/engines").json()["engines"]
    assert [(one["name"], one["available"]) for one in engines] == [
        ("drape", True),
        ("other", False),
    ]
    assert engines[1]["hint"]
    assert client.get("/v1/styles").json()["styles"][0]["name"] == "cel"


def test_health_and_readiness(client: httpx.Client, runner: Runner, blobs: FolderBlobs) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"ready": True, "reasons": {}}
    runner.unready["model pose"] = "It is updating."
    blobs.folder.rmdir() if blobs.folder.exists() and not any(blobs.folder.iterdir()) else None
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reasons": {"model pose": "It is updating."}}
    assert client.get("/healthz").status_code == 200


def test_readiness_names_what_is_broken(
    application: FastAPI, client: httpx.Client, context: Context, tmp_path: Any
) -> None:
    from dataclasses import replace

    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    application.state.context = replace(
        context,
        blobs=FolderBlobs(tmp_path / "file" / "pictures"),
        database=Database(f"sqlite:///{tmp_path / 'folder'}"),
    )
    reasons = client.get("/readyz").json()["reasons"]
    assert set(reasons) == {"database", "pictures"}
    lost = client.post("/v1/auth/guest")
    assert lost.status_code == 201, "the identity has its own database here"


class Sources(HTMLParser):
    """What a page loads, and what the policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        self.loads += [said[name] or "" for name in ("src", "href") if name in said]
        if (tag == "script" and "src" not in said) or tag == "style" or "style" in said:
            self.inline.append(tag)
        self.inline += [name for name in said if name.startswith("on")]


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_pages_load_only_what_is_here(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    sources = Sources()
    sources.feed(page.text)
    assert sources.inline == []
    for address in sources.loads:
        if address != "#":
            assert not address.startswith(("http", "//")), address
            assert client.get(f"/{address.removeprefix('./')}").status_code == 200, address
    policy = page.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"


def test_every_file_of_the_page_is_served_and_no_other(client: httpx.Client) -> None:
    pages = {"index.html", "docs.html", "try_on_api.html"}
    assert {path.name for path in WEB.iterdir()} == FILES | pages
    for name in FILES:
        answer = client.get(f"/web/{name}")
        assert answer.content == (WEB / name).read_bytes()
        tag = {"If-None-Match": answer.headers["etag"]}
        assert client.get(f"/web/{name}", headers=tag).status_code == 304
    for name in ("index.html", "../application.py", "%2e%2e%2fapplication.py", "nothing.js"):
        assert client.get(f"/web/{name}").status_code == 404


def test_what_was_sent_is_on_no_address(
    client: httpx.Client, submit: Submit, blobs: FolderBlobs
) -> None:
    submit()
    for name in blobs.names():
        for folder in ("", "web/", "pictures/", "v1/gallery/pictures/", "v1/jobs/"):
            assert client.get(f"/{folder}{name}").status_code in (401, 404)


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/nothing", 404, "RouteNotFound"),
        ("GET", "/v1/jobs/", 404, "RouteNotFound"),
        ("PUT", "/v1/tryon", 405, "MethodNotAllowed"),
        ("GET", "/v1/auth/guest", 405, "MethodNotAllowed"),
    ],
)
def test_wrong_addresses(
    client: httpx.Client, method: str, path: str, status: int, name: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["error"]["name"]) == (status, name)
    assert answer.json()["error"]["hint"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_nobody_expected_is_named_and_logged_without_its_content(
    context: Context,
    client: httpx.Client,
    guest: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the cause")

    monkeypatch.setattr(context.jobs, "history", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.get("/v1/jobs", headers=guest)
    assert answer.status_code == 500
    assert answer.json()["error"]["name"] == "InternalError"
    assert "the cause" not in answer.text
    assert "the cause" in caplog.text
    assert guest["Authorization"].split()[1] not in caplog.text


def test_named_errors_from_elsewhere_keep_their_names(
    context: Context, client: httpx.Client, guest: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise PersonNotFound("Nobody is there.", "Step back.")

    monkeypatch.setattr(context.jobs, "history", broken)
    answer = client.get("/v1/jobs", headers=guest)
    assert answer.status_code == 422
    assert answer.json() == {
        "error": {"name": "PersonNotFound", "message": "Nobody is there.", "hint": "Step back."}
    }


def test_the_description_of_the_interface(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    tryon = document["paths"]["/v1/tryon"]["post"]
    form = tryon["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert form["person"] == {"type": "string", "format": "binary"}
    assert {"person_id", "garment_id", "category", "engine", "background", "seed"} <= set(form)
    assert "application/json" in tryon["requestBody"]["content"]
    errors = {"400", "401", "403", "404", "409", "413", "415", "422", "429", "503"}
    assert {"200", "202"} | errors == set(tryon["responses"])
    assert tryon["security"]
    result = document["paths"]["/v1/jobs/{job_id}/result"]["get"]["responses"]
    assert {"200", "304", "401", "404", "409", "410", "422", "503"} <= set(result)
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["description"]
