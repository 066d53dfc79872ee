"""What users agree to, and what they get where they did not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from serve_app.context import Context
from serve_app.jobs import Jobs
from tests.serve_app.conftest import Clock
from tests.serve_app.routes.conftest import Submit, new_guest, photo

TERMS = {"terms_version": "2026-01", "terms_url": "https://fit.example.com/terms"}


@pytest.fixture
def asking(application: FastAPI, client: httpx.Client, context: Context) -> httpx.Client:
    """A service whose operator has terms."""
    set_terms(application, context, TERMS)
    return client


def set_terms(application: FastAPI, context: Context, terms: dict[str, str]) -> None:
    settings = context.settings.model_copy(update=terms)
    context.identity.consents.settings = settings
    application.state.context = replace(context, settings=settings)


def consents(client: httpx.Client, headers: dict[str, str]) -> list[tuple[str, str, bool]]:
    found = client.get("/v1/me/consents", headers=headers).json()["consents"]
    return [(one["matter"], one["version"], one["withdrawn_at"] is None) for one in found]


def name_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["name"])


def test_nobody_is_asked_unless_there_are_terms(
    client: httpx.Client, guest: dict[str, str], submit: Submit
) -> None:
    told = client.get("/v1/terms").json()
    assert told == {"version": None, "url": None, "photo_hours": 24.0, "result_hours": 72.0}
    assert submit().status_code == 202
    assert consents(client, guest) == []


def test_a_job_needs_a_yes_to_the_present_version(
    asking: httpx.Client,
    application: FastAPI,
    context: Context,
    guest: dict[str, str],
    submit: Submit,
    jobs: Jobs,
) -> None:
    told = asking.get("/v1/terms").json()
    assert (told["version"], told["url"]) == ("2026-01", "https://fit.example.com/terms")
    refused = submit()
    assert (refused.status_code, name_of(refused)) == (403, "ConsentMissing")
    assert "https://fit.example.com/terms" in refused.json()["error"]["hint"]
    assert jobs.every() == []

    wrong = asking.post("/v1/me/consents", headers=guest, json={"version": "2025-01"})
    assert (wrong.status_code, name_of(wrong)) == (403, "ConsentMissing")
    for _ in range(2):  # twice is once
        made = asking.post("/v1/me/consents", headers=guest, json={"version": "2026-01"})
        assert made.status_code == 201
    assert consents(asking, guest) == [("terms", "2026-01", True), ("pictures", "2026-01", True)]
    assert submit().status_code == 202

    set_terms(application, context, TERMS | {"terms_version": "2026-02"})
    assert submit().status_code == 403
    asking.post("/v1/me/consents", headers=guest, json={"version": "2026-02"})
    assert submit().status_code == 202
    assert len(consents(asking, guest)) == 4


def test_a_yes_can_be_taken_back(
    asking: httpx.Client, guest: dict[str, str], submit: Submit, clock: Clock
) -> None:
    asking.post("/v1/me/consents", headers=guest, json={"version": "2026-01"})
    first = submit().json()["id"]
    clock.forward(minutes=5)
    assert asking.delete("/v1/me/consents", headers=guest).status_code == 204
    assert submit().status_code == 403
    assert asking.get(f"/v1/jobs/{first}", headers=guest).status_code == 200
    told = asking.get("/v1/me/consents", headers=guest).json()["consents"]
    assert all(one["withdrawn_at"] > one["given_at"] for one in told)
    asking.post("/v1/me/consents", headers=guest, json={"version": "2026-01"})
    assert submit().status_code == 202
    assert [standing for *_, standing in consents(asking, guest)] == [False, False, True, True]


NEWCOMERS: dict[str, dict[str, Any]] = {
    "/v1/auth/guest": {},
    "/v1/auth/signup": {"name": "somebody", "password": "a good long password"},
}


@pytest.mark.parametrize("path", NEWCOMERS)
def test_somebody_new_agrees_in_the_same_call(asking: httpx.Client, path: str) -> None:
    wrong = asking.post(path, json={**NEWCOMERS[path], "consent": "2025-01"})
    assert (wrong.status_code, name_of(wrong)) == (403, "ConsentMissing")
    made = asking.post(path, json={**NEWCOMERS[path], "consent": "2026-01"})
    assert made.status_code == 201
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    sent = asking.post("/v1/anime", headers=headers, files={"image": photo(1)})
    assert sent.status_code == 202


def test_others_consent_is_not_one_s_own(asking: httpx.Client, guest: dict[str, str]) -> None:
    asking.post("/v1/me/consents", headers=guest, json={"version": "2026-01"})
    stranger = new_guest(asking)
    assert consents(asking, stranger) == []
    sent = asking.post("/v1/anime", headers=stranger, files={"image": photo(1)})
    assert sent.status_code == 403
