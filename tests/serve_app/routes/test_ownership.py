"""Every route × no token, a bad one, another user, the owner, an admin, an API key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from serve_app.context import Context
from serve_app.identity import SCOPES
from serve_app.jobs import Jobs
from tests.serve_app.conftest import Clock
from tests.serve_app.routes.conftest import Runner, Submit, new_guest, photo

Route = tuple[str, str]
NAMED = {"name": "somebody", "password": "a good long password"}
BODIES: dict[Route, dict[str, Any]] = {
    ("post", "/v1/tryon"): {"files": {"person": photo(1), "garment": photo(2)}},
    ("post", "/v1/anime"): {"files": {"image": photo(1)}},
    ("post", "/v1/auth/signup"): {"json": NAMED},
    ("post", "/v1/auth/login"): {"json": NAMED},
    ("post", "/v1/auth/wechat"): {"json": {"code": "abc"}},
    ("post", "/v1/auth/password"): {"json": {"old": "one", "new": "another good password"}},
    ("post", "/v1/keys"): {"json": {"name": "server"}},
    ("post", "/v1/me/consents"): {"json": {"version": "1"}},
    ("patch", "/v1/me"): {"json": {"nickname": "Anna"}},
    ("post", "/v1/me/portrait"): {"files": {"image": photo(3)}},
    ("post", "/v1/jobs/{job_id}/report"): {"json": {"reason": "wrong"}},
    ("post", "/v1/admin/purge"): {"json": {"days": 3650}},
    ("post", "/v1/admin/gallery"): {
        "files": {"image": photo(3)},
        "data": {
            "kind": "garment",
            "category": "upper",
            "title": "A top",
            "credit": "me",
            "licence": "CC0-1.0",
        },
    },
}

OPEN = {
    ("get", "/v1/gallery/persons"): 200,
    ("get", "/v1/gallery/persons/random"): 200,
    ("get", "/v1/gallery/garments"): 200,
    ("get", "/v1/gallery/pictures/{preset_id}"): 200,
    ("get", "/v1/engines"): 200,
    ("get", "/v1/styles"): 200,
    ("get", "/v1/gpus"): 200,
    ("get", "/v1/terms"): 200,
    ("post", "/v1/auth/guest"): 201,
    ("post", "/v1/auth/signup"): 201,
    ("post", "/v1/auth/login"): 401,
    ("post", "/v1/auth/wechat"): 503,
    ("get", "/healthz"): 200,
    ("get", "/readyz"): 200,
}
"""What shows nothing of anybody, and what it answers here to nobody."""

OWN = {
    ("get", "/v1/jobs/{job_id}"): (200, 200, "jobs:read"),
    ("get", "/v1/jobs/{job_id}/result"): (200, 404, "jobs:read"),
    ("get", "/v1/jobs/{job_id}/panel"): (200, 404, "jobs:read"),
    ("get", "/v1/jobs/{job_id}/events"): (200, 200, "jobs:read"),
    ("post", "/v1/jobs/{job_id}/cancel"): (409, 409, "jobs:write"),
    ("delete", "/v1/jobs/{job_id}"): (204, 204, "jobs:write"),
    ("get", "/v1/jobs/{job_id}/inputs/{role}"): (200, 404, "jobs:read"),
    ("post", "/v1/jobs/{job_id}/report"): (204, 404, "jobs:write"),
    ("delete", "/v1/keys/{key_id}"): (204, 404, ""),
}
"""Routes of one job that is done, or of one key: what the owner gets, and what an admin, who never
sees a picture; the scope that a key needs, empty where no key will do."""

MINE = {
    ("post", "/v1/tryon"): (202, "jobs:write"),
    ("post", "/v1/anime"): (202, "jobs:write"),
    ("get", "/v1/jobs"): (200, "jobs:read"),
    ("delete", "/v1/jobs"): (200, "jobs:write"),
    ("get", "/v1/me"): (200, "me:read"),
    ("patch", "/v1/me"): (200, "me:write"),
    ("post", "/v1/me/portrait"): (204, "me:write"),
    ("get", "/v1/me/portrait"): (404, "me:read"),
    ("delete", "/v1/me/portrait"): (204, "me:write"),
    ("delete", "/v1/me"): (204, ""),
    ("get", "/v1/me/export"): (200, ""),
    ("get", "/v1/me/consents"): (200, "me:read"),
    ("post", "/v1/me/consents"): (201, ""),
    ("delete", "/v1/me/consents"): (204, ""),
    ("get", "/v1/me/webhook-secret"): (200, ""),
    ("post", "/v1/me/webhook-secret"): (200, ""),
    ("post", "/v1/auth/refresh"): (200, ""),
    ("post", "/v1/auth/logout"): (204, ""),
    ("post", "/v1/auth/password"): (401, ""),
    ("post", "/v1/keys"): (201, ""),
    ("get", "/v1/keys"): (200, ""),
}
"""Routes that act for whoever calls."""

ADMIN = {
    ("get", "/v1/admin"): 200,
    ("get", "/v1/admin/jobs"): 200,
    ("post", "/v1/admin/jobs/{job_id}/retry"): 409,
    ("post", "/v1/admin/purge"): 200,
    ("post", "/v1/admin/gallery"): 201,
    ("delete", "/v1/admin/gallery/{preset_id}"): 404,
}
"""Routes of those who run the service, and what they answer to one; to all others 403."""

GUARDED = {route: found[0] for route, found in OWN.items()} | {
    route: found[0] for route, found in MINE.items()
}
NEEDED = {route: found[-1] for route, found in (OWN | MINE).items()}


def test_the_tables_name_every_route(application: FastAPI) -> None:
    routes = {
        (method, path)
        for path, methods in application.openapi()["paths"].items()
        for method in methods
    }
    assert routes == set(OPEN) | set(OWN) | set(MINE) | set(ADMIN)


class Desk:
    """A job that is done and a key of the same owner, and how to ask for them."""

    def __init__(self, client: httpx.Client, owner: dict[str, str], job_id: str) -> None:
        self.client = client
        self.owner = owner
        made = client.post("/v1/keys", headers=owner, json={"name": "first"}).json()
        self.ids = {"job_id": job_id, "key_id": made["id"], "preset_id": "anna", "role": "person"}

    def call(self, route: Route, headers: dict[str, str], **ids: str) -> httpx.Response:
        method, path = route
        return self.client.request(
            method,
            path.format(**(self.ids | ids)),
            headers=headers,
            **BODIES.get(route, {}),
        )

    def key(self, *scopes: str, of: dict[str, str] | None = None) -> dict[str, str]:
        said = {"name": "test", "scopes": scopes}
        made = self.client.post("/v1/keys", headers=of or self.owner, json=said)
        return {"Authorization": f"Bearer {made.json()['key']}"}


@pytest.fixture
def desk(client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner) -> Desk:
    job_id: str = submit().json()["id"]
    runner.do(with_panel=True)
    return Desk(client, guest, job_id)


@pytest.fixture
def admin(application: FastAPI, client: httpx.Client, context: Context) -> dict[str, str]:
    headers = new_guest(client)
    user_id = client.get("/v1/me", headers=headers).json()["id"]
    context.identity.settings = context.settings.model_copy(update={"admins": (user_id,)})
    application.state.context = replace(context, settings=context.identity.settings)
    return headers


@pytest.mark.parametrize("route", sorted({*GUARDED, *ADMIN}), ids=" ".join)
def test_without_a_good_token_nobody_gets_in(desk: Desk, route: Route) -> None:
    wrong = {
        "nothing": ({}, "TokenMissing"),
        "another scheme": ({"Authorization": "Basic YTpi"}, "TokenMissing"),
        "unknown": ({"Authorization": "Bearer fr_unknown"}, "TokenInvalid"),
        "long": ({"Authorization": "Bearer " + "x" * 5000}, "TokenInvalid"),
    }
    for case, (headers, name) in wrong.items():
        answer = desk.call(route, headers)
        assert (answer.status_code, answer.json()["error"]["name"]) == (401, name), case
        assert answer.headers["www-authenticate"] == "Bearer"
    in_query = desk.client.request(
        route[0],
        route[1].format(**desk.ids),
        params={"token": desk.owner["Authorization"].split()[1]},
        **BODIES.get(route, {}),
    )
    assert in_query.status_code == 401
    job = desk.client.get(f"/v1/jobs/{desk.ids['job_id']}", headers=desk.owner)
    assert job.json()["status"] == "succeeded"


@pytest.mark.parametrize("route", sorted(OWN), ids=" ".join)
def test_a_stranger_is_told_there_is_no_such_thing(desk: Desk, route: Route) -> None:
    stranger = desk.call(route, new_guest(desk.client))
    invented = desk.call(route, desk.owner, job_id="0" * 26, key_id="0" * 26)
    assert stranger.status_code == 404
    assert stranger.json() == invented.json(), "it shows that there is one"
    result = desk.client.get(f"/v1/jobs/{desk.ids['job_id']}/result", headers=desk.owner)
    assert result.status_code == 200
    assert len(desk.client.get("/v1/keys", headers=desk.owner).json()["keys"]) == 1


@pytest.mark.parametrize("route", sorted(GUARDED), ids=" ".join)
def test_the_owner_gets_in(desk: Desk, route: Route) -> None:
    assert desk.call(route, desk.owner).status_code == GUARDED[route]


@pytest.mark.parametrize("route", sorted(OWN), ids=" ".join)
def test_an_admin_sees_jobs_and_no_pictures(
    desk: Desk, route: Route, admin: dict[str, str]
) -> None:
    assert desk.call(route, admin, job_id="0" * 26, key_id="0" * 26).status_code == 404
    assert desk.call(route, admin).status_code == OWN[route][1]


@pytest.mark.parametrize("route", sorted(ADMIN), ids=" ".join)
def test_only_admins_run_the_service(desk: Desk, route: Route, admin: dict[str, str]) -> None:
    for headers in (desk.owner, desk.key(*SCOPES), desk.key("jobs:write", of=admin)):
        answer = desk.call(route, headers)
        assert (answer.status_code, answer.json()["error"]["name"]) == (403, "AdminNeeded")
    assert desk.call(route, admin).status_code == ADMIN[route]
    assert desk.call(route, desk.key("admin", of=admin)).status_code == ADMIN[route]


def test_a_key_acts_for_an_admin_only_if_made_for_it(desk: Desk, admin: dict[str, str]) -> None:
    route = ("get", "/v1/jobs/{job_id}")
    assert desk.call(route, desk.key("jobs:read", "admin", of=admin)).status_code == 200
    assert desk.call(route, desk.key("jobs:read", of=admin)).status_code == 404
    stranger = new_guest(desk.client)
    assert desk.call(route, desk.key("jobs:read", "admin", of=stranger)).status_code == 404


@pytest.mark.parametrize("route", sorted(NEEDED), ids=" ".join)
def test_a_key_may_do_what_it_was_made_for(desk: Desk, route: Route) -> None:
    needed = NEEDED[route]
    too_little = desk.key(*(scope for scope in SCOPES if scope != needed))
    answer = desk.call(route, too_little)
    assert (answer.status_code, answer.json()["error"]["name"]) == (403, "ScopeMissing")
    if needed:
        assert desk.call(route, desk.key(needed)).status_code == GUARDED[route]


@pytest.mark.parametrize("route", sorted(OPEN), ids=" ".join)
def test_what_is_open_needs_no_token(desk: Desk, route: Route) -> None:
    assert desk.call(route, {}).status_code == OPEN[route]


def test_a_token_is_shown_once_and_kept_as_a_hash(
    client: httpx.Client, jobs: Jobs, clock: Clock
) -> None:
    grant = client.post("/v1/auth/guest").json()
    assert grant["token_type"] == "bearer"
    headers = {"Authorization": f"Bearer {grant['token']}"}
    key = client.post("/v1/keys", headers=headers, json={"name": "server"}).json()["key"]
    kept = b"".join(path.read_bytes() for path in jobs.settings.data_dir.glob("*.sqlite3*"))
    assert grant["user_id"].encode() in kept
    assert grant["token"].encode() not in kept
    assert key.encode() not in kept

    assert client.get("/v1/jobs", headers=headers).status_code == 200
    clock.forward(days=91)
    answer = client.get("/v1/jobs", headers=headers)
    assert (answer.status_code, answer.json()["error"]["name"]) == (401, "TokenInvalid")
    assert client.get("/v1/jobs", headers={"Authorization": f"Bearer {key}"}).status_code == 200
