"""The gallery's folder and uploads, pairs that are answered without a model, portraits, reports."""

from __future__ import annotations

import io
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image as Pillow

from deployments.types import Engine, Outcome
from serve_app.blobs import FolderBlobs
from serve_app.catalogue import Catalogue
from serve_app.context import Context
from serve_app.intake import to_picture
from serve_app.presets import Presets
from serve_app.renderings import Renderings, key_of
from tests.serve_app.conftest import Clock
from tests.serve_app.routes.conftest import Runner, Submit, new_guest, photo

UPLOAD = {
    "kind": "garment",
    "category": "upper",
    "title": "A top",
    "credit": "us",
    "licence": "CC0-1.0",
}
PAIR = {"person_id": "anna", "garment_id": "tee"}


@pytest.fixture
def admin(client: httpx.Client, application: FastAPI, context: Context) -> dict[str, str]:
    headers = new_guest(client)
    user = client.get("/v1/me", headers=headers).json()["id"]
    context.identity.settings = context.settings.model_copy(update={"admins": (user,)})
    return headers


@pytest.fixture
def counted(application: FastAPI, client: httpx.Client, context: Context) -> list[str]:
    """What was answered without a model."""
    found: list[str] = []
    application.state.context = replace(context, answered=found.append)
    return found


def render(context: Context, version: str = "") -> bytes:
    """Put a rendering of `PAIR` down."""
    presets = context.presets
    key = key_of(presets.sha256("anna"), presets.sha256("tee"), "drape", version)
    image = np.full((120, 90, 3), 77, np.uint8)
    engine = Engine("drape", version, "Apache-2.0", True)
    outcome = Outcome(image, engine, confidence=0.8, warnings=("PersonSmall",), category="upper")
    picture = to_picture(image)
    context.renderings.keep(key, "anna", "tee", outcome, picture)
    return picture.data


def test_a_pair_of_the_gallery_needs_no_model(
    client: httpx.Client,
    guest: dict[str, str],
    context: Context,
    runner: Runner,
    counted: list[str],
) -> None:
    data = render(context)
    times = []
    for _ in range(12):
        begun = time.perf_counter()
        answer = client.post("/v1/tryon", headers=guest, data=PAIR)
        times.append(time.perf_counter() - begun)
        assert answer.status_code == 200
    job = answer.json()
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert min(times) < 0.05 * busy, "where a core is free for it"
    assert counted == ["gallery"] * 12
    assert runner.woken == 0
    assert (job["status"], job["progress"], job["category"]) == ("succeeded", 1.0, "upper")
    assert job["engine"]["name"] == "drape"
    assert job["warnings"] == ["PersonSmall"]
    assert list(job["timings"]) == ["gallery"]
    assert client.get(job["result"]["url"], headers=guest).content == data
    assert len(client.get("/v1/jobs", headers=guest).json()["jobs"]) == 12
    # Erasing such a job leaves the rendering as it is.
    assert client.delete(f"/v1/jobs/{job['id']}", headers=guest).status_code == 204
    assert client.post("/v1/tryon", headers=guest, data=PAIR).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"category": "lower"},
        {"background": "remove"},
        {"seed": "4"},
        {"tuck": "in"},
        {"visible_mark": "true"},
        {"garment_id": "jeans"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_is_out_of_the_ordinary_is_made(
    client: httpx.Client,
    guest: dict[str, str],
    context: Context,
    counted: list[str],
    more: dict[str, str],
) -> None:
    render(context)
    answer = client.post("/v1/tryon", headers=guest, data={**PAIR, **more})
    assert (answer.status_code, answer.json()["status"], counted) == (202, "queued", [])


@pytest.mark.parametrize("more", [{"category": "upper"}, {"engine": "drape"}])
def test_saying_what_is_so_anyway_changes_nothing(
    client: httpx.Client, guest: dict[str, str], context: Context, more: dict[str, str]
) -> None:
    render(context)
    assert client.post("/v1/tryon", headers=guest, data={**PAIR, **more}).status_code == 200


def test_another_version_of_the_engine_is_asked_anew(
    application: FastAPI, client: httpx.Client, guest: dict[str, str], context: Context
) -> None:
    render(context)
    newer = [one.model_copy(update={"version": "2"}) for one in context.catalogue.engines]
    application.state.context = replace(context, catalogue=Catalogue(engines=tuple(newer)))
    assert client.post("/v1/tryon", headers=guest, data=PAIR).status_code == 202


def test_a_key_gives_the_same_answer_again(
    client: httpx.Client, guest: dict[str, str], context: Context
) -> None:
    render(context)
    headers = {**guest, "Idempotency-Key": "one"}
    first = client.post("/v1/tryon", headers=headers, data=PAIR)
    again = client.post("/v1/tryon", headers=headers, data=PAIR)
    assert first.json()["id"] == again.json()["id"]
    other = client.post("/v1/tryon", headers=headers, data={**PAIR, "garment_id": "jeans"})
    assert other.json()["error"]["name"] == "IdempotencyKeyReused"


def test_renderings_are_replaced_dropped_and_no_orphans(
    context: Context, blobs: FolderBlobs, clock: Clock
) -> None:
    renderings: Renderings = context.renderings
    render(context)
    render(context)
    render(context, "2")
    assert renderings.count() == 2
    assert len(list(blobs.names())) == 2
    assert context.jobs.retention.erase_orphans(0) == 0
    presets = context.presets
    kept = {key_of(presets.sha256("anna"), presets.sha256("tee"), "drape", "2")}
    assert renderings.drop(kept) == 1
    assert len(list(blobs.names())) == 1


def test_an_admin_puts_a_picture_into_the_gallery(
    client: httpx.Client, admin: dict[str, str], guest: dict[str, str], context: Context
) -> None:
    files = {"image": photo(9, 200, 300)}
    made = client.post("/v1/admin/gallery", headers=admin, files=files, data=UPLOAD)
    assert made.status_code == 201
    preset = made.json()
    assert preset["uploaded"]
    assert (preset["credit"], preset["licence"]) == ("us", "CC0-1.0")
    listed = client.get("/v1/gallery/garments", params={"category": "upper"}).json()["items"]
    assert [one["id"] for one in listed] == ["tee", preset["id"]]
    shown = client.get(preset["url"])
    assert (shown.headers["content-type"], shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
    worn = {"person_id": "anna", "garment_id": preset["id"]}
    assert client.post("/v1/tryon", headers=guest, data=worn).status_code == 202
    assert context.jobs.retention.erase_orphans(0) == 0

    address = f"/v1/admin/gallery/{preset['id']}"
    assert client.delete(address, headers=admin).status_code == 204
    assert client.delete(address, headers=admin).status_code == 404
    assert client.get(preset["url"]).status_code == 404
    assert client.delete("/v1/admin/gallery/tee", headers=admin).status_code == 404


@pytest.mark.parametrize(
    ("data", "image", "name"),
    [
        ({**UPLOAD, "kind": "person"}, photo(1), "InvalidRequest"),
        ({**UPLOAD, "licence": ""}, photo(1), "InvalidRequest"),
        (UPLOAD, b"<html><script>1</script></html>", "UnsupportedFormat"),
        (UPLOAD, None, "ImageMissing"),
    ],
)
def test_what_does_not_belong_into_the_gallery(
    client: httpx.Client, admin: dict[str, str], data: Any, image: bytes | None, name: str
) -> None:
    files = {"image": image} if image else {"nothing": (None, b"")}
    answer = client.post("/v1/admin/gallery", headers=admin, files=files, data=data)
    found = answer.json()["error"]["name"]
    assert found == name or (image is None and found == "InvalidRequest")


def test_a_small_picture_of_the_gallery(client: httpx.Client) -> None:
    answer = client.get("/v1/gallery/pictures/anna", params={"width": 160})
    with Pillow.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (90, 120))
    again = {"If-None-Match": answer.headers["etag"]}
    address = "/v1/gallery/pictures/anna"
    assert client.get(address, params={"width": 160}, headers=again).status_code == 304
    assert client.get(address, headers=again).status_code == 200, "the whole one is another"
    assert client.get(address, params={"width": 161}).status_code == 422


def test_the_operators_folder(tmp_path: Path) -> None:
    for name in ("persons/eva.png", "garments/upper/red_top.png", "garments/dress/裙.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(photo(4))
    (tmp_path / "garments" / "upper" / "notes.txt").write_text("no picture")
    (tmp_path / "gallery.toml").write_text(
        '[defaults]\ncredit = "the shop"\nlicence = "CC-BY-4.0"\n'
        '[[items]]\nid = "eva"\nfile = "persons/eva.png"\nkind = "person"\ntitle = "Eva"\n'
    )
    presets = Presets(more=tmp_path)
    eva = presets.get("eva")
    assert (eva.title, eva.credit, eva.licence) == ("Eva", "the shop", "CC-BY-4.0")
    top = presets.get("red_top", "garment")
    assert (top.category, top.title, top.credit) == ("upper", "Red top", "the shop")
    assert [one.category for one in presets.list("garment")[-2:]] == ["upper", "dress"]
    assert presets.file("red_top")[0] == photo(4)
    assert presets.picture(presets.list("garment")[-1].id).width == 90
    assert len(presets.list("garment")) == 2 + len(Presets().list("garment"))


def test_a_portrait(client: httpx.Client, guest: dict[str, str], blobs: FolderBlobs) -> None:
    files = {"image": photo(5, 300, 200)}
    assert client.post("/v1/me/portrait", headers=guest, files=files).status_code == 204
    assert client.post("/v1/me/portrait", headers=guest, files=files).status_code == 204
    assert len(list(blobs.names())) == 1, "the one before is erased"
    assert client.get("/v1/me", headers=guest).json()["portrait"] == "/v1/me/portrait"
    answer = client.get("/v1/me/portrait", headers=guest)
    with Pillow.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (256, 256))
    assert client.get("/v1/me/portrait", headers=new_guest(client)).status_code == 404
    exported = client.get("/v1/me/export", headers=guest).content
    assert b"portrait.webp" in exported
    assert client.delete("/v1/me", headers=guest).status_code == 204
    assert list(blobs.names()) == []


def test_history_by_kind_and_all_erased(
    client: httpx.Client, guest: dict[str, str], submit: Submit, blobs: FolderBlobs
) -> None:
    submit()
    files = {"image": photo(1)}
    client.post("/v1/anime", headers=guest, files=files)
    stranger = new_guest(client)
    client.post("/v1/anime", headers=stranger, files=files)
    kinds = client.get("/v1/jobs", headers=guest, params={"kind": "anime"}).json()["jobs"]
    assert [one["kind"] for one in kinds] == ["anime"]
    erased = client.delete("/v1/jobs", headers=guest, params={"kind": "anime"}).json()
    assert erased == {"erased": 1}
    assert client.delete("/v1/jobs", headers=guest).json() == {"erased": 1}
    assert client.get("/v1/jobs", headers=guest).json()["jobs"] == []
    assert len(client.get("/v1/jobs", headers=stranger).json()["jobs"]) == 1
    assert len(list(blobs.names())) == 1


def test_what_was_sent_is_seen_by_its_owner_while_it_is_kept(
    client: httpx.Client, guest: dict[str, str], submit: Submit
) -> None:
    job = submit().json()["id"]
    answer = client.get(f"/v1/jobs/{job}/inputs/person", headers=guest)
    assert answer.headers["content-type"] == "image/jpeg"
    with Pillow.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (90, 120)
    stranger = client.get(f"/v1/jobs/{job}/inputs/person", headers=new_guest(client))
    assert stranger.status_code == 404
    absent = client.get(f"/v1/jobs/{job}/inputs/image", headers=guest)
    assert absent.json()["error"]["name"] == "ResultExpired"


def test_a_small_result_keeps_the_mark(
    client: httpx.Client, guest: dict[str, str], submit: Submit, runner: Runner
) -> None:
    job = submit().json()["id"]
    runner.do()
    answer = client.get(f"/v1/jobs/{job}/result", headers=guest, params={"longest": 60})
    with Pillow.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (45, 60))
        assert b"AlgorithmicMedia" in (picture.info.get("xmp") or b"")


def test_admins_see_how_it_stands_and_mend_it(
    client: httpx.Client,
    guest: dict[str, str],
    admin: dict[str, str],
    submit: Submit,
    runner: Runner,
    clock: Clock,
) -> None:
    failed, waiting = submit().json()["id"], submit().json()["id"]
    runner.fail("PoseUncertain")
    said = {"reason": "wrong", "words": "<b>odd</b>"}
    client.post(f"/v1/jobs/{failed}/report", headers=guest, json=said)
    seen = client.get("/v1/admin", headers=admin).json()
    assert seen["jobs"] == {"failed": 1, "queued": 1}
    assert seen["failures"][0]["name"] == "PoseUncertain"
    assert seen["failures"][0]["count"] == 1
    assert seen["reports"][0]["words"] == "<b>odd</b>"
    assert seen["engines"][0]["name"] == "drape"
    listed = client.get("/v1/admin/jobs", headers=admin, params={"limit": 1}).json()
    assert [one["id"] for one in listed["jobs"]] == [waiting]
    older = {"before": listed["next"]}
    assert client.get("/v1/admin/jobs", headers=admin, params=older).json()["jobs"][0]["error"]
    retried = client.post(f"/v1/admin/jobs/{failed}/retry", headers=admin).json()
    assert retried["status"] == "queued"
    runner.do()
    clock.forward(days=2)
    purged = client.post("/v1/admin/purge", headers=admin, json={"days": 1}).json()
    assert purged == {"purged": 1}
