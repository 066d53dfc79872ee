"""The page of the CPU system, as a browser uses it."""

from __future__ import annotations

from itertools import pairwise

import httpx
import numpy as np

from serve_app.context import Context
from serve_app.intake import decode
from tests.serve_app.routes.compat.conftest import Quick
from tests.serve_app.routes.compat.steps import (
    images,
    negative,
)
from tests.serve_app.routes.conftest import photo


def test_the_page(client: httpx.Client, context: Context) -> None:
    """As a browser uses it that knows nothing of keys."""
    page = client.get("/Try_On_API/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    cookie = page.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/Try_On_API"))
    assert set(images(page)) == {"person"}
    assert "disabled" in page.text
    assert client.get(images(page)["person"]).content == context.presets.file("anna")[0]

    early = client.get("/Try_On_API/view")
    assert (early.status_code, early.json()["detail"][:14]) == (400, "ImageMissing: ")
    page = client.post("/Try_On_API/upload", files={"file": ("tee.png", photo(2))})
    assert set(images(page)) == {"person", "garment"}
    assert "disabled" not in page.text
    shown = client.get(images(page)["garment"])
    assert np.array_equal(decode(shown.content), decode(photo(2)))

    page = client.get("/Try_On_API/view")
    assert set(images(page)) == {"person", "garment", "result"}
    anna = context.presets.file("anna")[0]
    assert np.array_equal(decode(client.get(images(page)["result"]).content), negative(anna))


def test_the_page_does_not_dress_twice(client: httpx.Client, runner: Quick) -> None:
    client.get("/Try_On_API/")
    client.post("/Try_On_API/upload", files={"file": photo(2)})
    first = client.get("/Try_On_API/view")
    assert images(client.get("/Try_On_API/view")) == images(first)
    assert images(client.get("/Try_On_API/")) == images(first)
    assert runner.woken == 1
    client.post("/Try_On_API/upload", files={"file": photo(3)})
    client.get("/Try_On_API/view")
    assert runner.woken == 2


def test_the_page_changes_its_person(client: httpx.Client, context: Context) -> None:
    known = {"anna", "berta", "carla"}
    presets = [context.presets.get("anna").model_copy(update={"id": one}) for one in known]
    context.presets._presets.update({one.id: one for one in presets})
    seen = [images(client.get("/Try_On_API/"))["person"]]
    client.post("/Try_On_API/upload", files={"file": photo(2)})
    for _ in range(12):
        page = client.get("/Try_On_API/reset_model")
        assert set(images(page)) == {"person", "garment"}
        seen.append(images(page)["person"])
    assert all(one != following for one, following in pairwise(seen))
    assert {one.rpartition("/")[2] for one in seen} == known
    assert images(client.get("/Try_On_API/"))["person"] == seen[-1]


def test_the_page_tells_why_there_is_none(client: httpx.Client, runner: Quick) -> None:
    assert client.get("/Try_On_API/reset_model").status_code == 401
    client.get("/Try_On_API/")
    client.post("/Try_On_API/upload", files={"file": photo(2)})
    runner.fault = "PersonNotFound"
    answer = client.get("/Try_On_API/view")
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": "PersonNotFound: It went wrong. Do better."},
    )
    assert client.post("/Try_On_API/upload", files={"file": b""}).status_code == 400
