"""Every route × nobody, somebody with a bad token, another user, the owner."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from serve_app.jobs import Jobs
from tests.serve_app.conftest import Clock
from tests.serve_app.routes.conftest import Runner, Submit, new_guest, photo

OPEN = {
    ("get", "/v1/gallery/persons"),
    ("get", "/v1/gallery/persons/random"),
    ("get", "/v1/gallery/garments"),
    ("get", "/v1/gallery/pictures/{preset_id}"),
    ("get", "/v1/engines"),
    ("get", "/v1/styles"),
    ("post", "/v1/auth/guest"),
    ("get", "/healthz"),
    ("get", "/readyz"),
}
"""What shows nothing of anybody."""

OWN = {
    ("get", "/v1/jobs/{job_id}"): 200,
    ("get", "/v1/jobs/{job_id}/result"): 200,
    ("get", "/v1/jobs/{job_id}/events"): 200,
    ("post", "/v1/jobs/{job_id}/cancel"): 409,
    ("delete", "/v1/jobs/{job_id}"): 204,
}
"""Routes of one job that is done, and what its owner gets."""

MINE = {("post", "/v1/tryon"): 202, ("post", "/v1/anime"): 202, ("get", "/v1/jobs"): 200}
"""Routes that act for whoever calls."""


def test_the_tables_name_every_route(application: FastAPI) -> None:
    routes = {
        (method, path)
        for path, methods in application.openapi()["paths"].items()
        for method in methods
    }
    assert routes == OPEN | set(OWN) | set(MINE)


def call(
    client: httpx.Client, route: tuple[str, str], job_id: str, headers: dict[str, str]
) -> httpx.Response:
    method, path = route
    files = None
    if method == "post" and route in MINE:
        roles = ("person", "garment") if path.endswith("tryon") else ("image",)
        files = {role: photo(1) for role in roles}
    return client.request(
        method,
        path.format(job_id=job_id, preset_id="anna"),
        headers=headers,
        files=files,
    )


@pytest.fixture
def done(submit: Submit, runner: Runner) -> str:
    job_id: str = submit().json()["id"]
    runner.do()
    return job_id


@pytest.mark.parametrize("route", sorted(OWN | MINE), ids=" ".join)
def test_without_a_good_token_nobody_gets_in(
    client: httpx.Client, done: str, route: tuple[str, str], guest: dict[str, str]
) -> None:
    wrong = {
        "nothing": ({}, "TokenMissing"),
        "another scheme": ({"Authorization": "Basic YTpi"}, "TokenMissing"),
        "unknown": ({"Authorization": "Bearer fr_unknown"}, "TokenInvalid"),
        "long": ({"Authorization": "Bearer " + "x" * 5000}, "TokenInvalid"),
        "in the query": ({}, "TokenMissing"),
    }
    for case, (headers, name) in wrong.items():
        answer = call(client, route, done, headers)
        assert (answer.status_code, answer.json()["error"]["name"]) == (401, name), case
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get(f"/v1/jobs/{done}", headers=guest).json()["status"] == "succeeded"


@pytest.mark.parametrize("route", sorted(OWN), ids=" ".join)
def test_a_stranger_is_told_there_is_no_such_job(
    client: httpx.Client, done: str, route: tuple[str, str], guest: dict[str, str]
) -> None:
    stranger = call(client, route, done, new_guest(client))
    invented = call(client, route, "0" * 26, guest)
    assert stranger.status_code == 404
    assert stranger.json() == invented.json(), "it shows that the job exists"
    assert client.get(f"/v1/jobs/{done}/result", headers=guest).status_code == 200


@pytest.mark.parametrize("route", sorted(OWN | MINE), ids=" ".join)
def test_the_owner_gets_in(
    client: httpx.Client, done: str, route: tuple[str, str], guest: dict[str, str]
) -> None:
    assert call(client, route, done, guest).status_code == (OWN | MINE)[route]


@pytest.mark.parametrize("route", sorted(OPEN), ids=" ".join)
def test_what_is_open_needs_no_token(client: httpx.Client, route: tuple[str, str]) -> None:
    assert call(client, route, "", {}).status_code in (200, 201)


def test_a_token_is_shown_once_and_kept_as_a_hash(
    client: httpx.Client, jobs: Jobs, clock: Clock
) -> None:
    grant = client.post("/v1/auth/guest").json()
    assert grant["token_type"] == "bearer"
    folder = jobs.settings.data_dir
    kept = b"".join(path.read_bytes() for path in folder.glob("*.sqlite3*"))
    assert grant["user_id"].encode() in kept
    assert grant["token"].encode() not in kept

    headers = {"Authorization": f"Bearer {grant['token']}"}
    assert client.get("/v1/jobs", headers=headers).status_code == 200
    clock.forward(days=91)
    answer = client.get("/v1/jobs", headers=headers)
    assert (answer.status_code, answer.json()["error"]["name"]) == (401, "TokenInvalid")
