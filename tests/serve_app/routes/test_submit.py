"""Sending jobs: forms, JSON, the gallery, keys, waiting, and all that can be wrong with them."""

from __future__ import annotations

import base64
import threading
import time
from typing import Any

import httpx
import pytest

from serve_app.blobs import FolderBlobs
from serve_app.context import Context
from serve_app.intake import decode, unpack
from serve_app.jobs import Jobs
from tests.serve_app.routes.conftest import Runner, Submit, new_guest, photo


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_form_becomes_a_job(submit: Submit, runner: Runner, jobs: Jobs) -> None:
    answer = submit(category="upper", seed="7")
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["kind"], job["status"], job["queue_position"]) == ("tryon", "queued", 1)
    assert job["parameters"] == {
        "category": "upper",
        "engine": "auto",
        "background": "keep",
        "tuck": "auto",
        "crop": None,
        "brighten": False,
        "keep_background": True,
        "feather": True,
        "check_occlusion": None,
        "strict": False,
        "parser": "auto",
        "pose": None,
        "pose_width": None,
        "fast": False,
        "debug": False,
        "seed": 7,
        "visible_mark": False,
    }
    assert runner.woken == 1
    claimed = jobs.claim("test", 60)
    assert claimed is not None
    kept = {role: unpack(jobs.blobs.read(name)) for role, name in claimed.inputs.items()}
    assert (kept["person"] == decode(photo(1))).all()
    assert (kept["garment"] == decode(photo(2))).all()


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_json_does_the_same(
    client: httpx.Client, guest: dict[str, str], jobs: Jobs, prefix: str
) -> None:
    body = {"person": prefix + text(photo(1)), "garment": text(photo(2)), "seed": 7}
    job = client.post("/v1/tryon", headers=guest, json=body).json()
    assert job["parameters"]["seed"] == 7
    claimed = jobs.claim("test", 60)
    assert claimed is not None
    assert (unpack(jobs.blobs.read(claimed.inputs["person"])) == decode(photo(1))).all()


def test_the_gallery_instead_of_files(
    client: httpx.Client, guest: dict[str, str], jobs: Jobs
) -> None:
    presets = {"person_id": "anna", "garment_id": "jeans"}
    wanted = {**presets, "background": "#e6e6e6", "tuck": "in"}
    answer = client.post("/v1/tryon", headers=guest, data=wanted)
    assert answer.status_code == 202
    assert answer.json()["parameters"].items() >= wanted.items()
    assert client.post("/v1/tryon", headers=guest, json=presets).status_code == 202
    assert client.post("/v1/anime", headers=guest, json={"image_id": "anna"}).status_code == 202
    claimed = jobs.claim("test", 60)
    assert claimed is not None
    assert (unpack(jobs.blobs.read(claimed.inputs["garment"])) == decode(photo(102))).all()


def test_an_avatar(client: httpx.Client, guest: dict[str, str]) -> None:
    answer = client.post(
        "/v1/anime", headers=guest, files={"image": photo(3)}, data={"style": "cel"}
    )
    assert answer.status_code == 202
    assert answer.json()["kind"] == "anime"


BAD_FORMS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "nothing": (422, "ImageMissing", {"files": {"unused": b""}, "drop": True}),
    "no garment": (422, "ImageMissing", {"files": {"person": photo(1)}}),
    "empty file": (400, "ImageUnreadable", {"files": {"person": b"", "garment": photo(2)}}),
    "text": (415, "UnsupportedFormat", {"files": {"person": b"hello", "garment": photo(2)}}),
    "half": (400, "ImageUnreadable", {"files": {"person": photo(1)[:900], "garment": photo(2)}}),
    "too small": (422, "ImageTooSmall", {"files": {"person": photo(1, 9, 9), "garment": photo(2)}}),
    "too many bytes": (
        413,
        "ImageTooLarge",
        {"files": {"person": photo(1) + bytes(200_000), "garment": photo(2)}},
    ),
    "far too many bytes": (
        413,
        "ImageTooLarge",
        {"files": {"person": bytes(3_000_000), "garment": photo(2)}},
    ),
    "another file": (
        422,
        "InvalidRequest",
        {"files": {"person": photo(1), "hat": photo(2)}},
    ),
    "file and preset": (
        422,
        "InvalidRequest",
        {"files": {"person": photo(1), "garment": photo(2)}, "data": {"person_id": "anna"}},
    ),
    "unknown preset": (
        404,
        "PresetUnknown",
        {"files": {"person": photo(1)}, "data": {"garment_id": "../secret"}},
    ),
    "a garment as the person": (
        404,
        "PresetUnknown",
        {"files": {"garment": photo(2)}, "data": {"person_id": "tee"}},
    ),
}
WHOLE = {"person": photo(1), "garment": photo(2)}
BAD_FIELDS = {
    "unknown field": (422, "InvalidRequest", {"colour": "red"}),
    "category": (422, "InvalidRequest", {"category": "hat"}),
    "seed": (422, "InvalidRequest", {"seed": "-1"}),
    "large seed": (422, "InvalidRequest", {"seed": str(2**32)}),
    "background": (422, "InvalidRequest", {"background": "/etc/passwd"}),
    "tuck": (422, "InvalidRequest", {"tuck": "half"}),
    "engine": (422, "EngineUnknown", {"engine": "stable"}),
    "engine that is not here": (422, "EngineUnavailable", {"engine": "other"}),
    "long engine": (422, "InvalidRequest", {"engine": "x" * 1000}),
    "field of megabytes": (422, "InvalidRequest", {"category": "x" * 100_000}),
}
BAD_FORMS |= {
    name: (status, error, {"files": WHOLE, "data": data})
    for name, (status, error, data) in BAD_FIELDS.items()
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_bad_forms_have_a_name(
    client: httpx.Client, guest: dict[str, str], blobs: FolderBlobs, name: str
) -> None:
    status, error, content = BAD_FORMS[name]
    if content.get("drop"):
        content = {"files": {"category": (None, "auto")}}
    answer = client.post("/v1/tryon", headers=guest, **content)
    assert (answer.status_code, answer.json()["error"]["name"]) == (status, error)
    assert answer.json()["error"]["message"]
    assert answer.json()["error"]["hint"]
    assert client.get("/v1/jobs", headers=guest).json()["jobs"] == []
    assert list(blobs.names()) == []


BAD_BODIES: dict[str, tuple[int, str, str, bytes]] = {
    "no body": (415, "UnsupportedMediaType", "", b""),
    "plain text": (415, "UnsupportedMediaType", "text/plain", b"hello"),
    "url-encoded": (422, "InvalidRequest", "application/x-www-form-urlencoded", b"a=b"),
    "url-encoded without end": (
        413,
        "ImageTooLarge",
        "application/x-www-form-urlencoded",
        b"person_id=" + bytes(100_000),
    ),
    "broken json": (422, "InvalidRequest", "application/json", b"{"),
    "deep json": (422, "InvalidRequest", "application/json", b"[" * 100_000),
    "json list": (422, "InvalidRequest", "application/json", b"[1]"),
    "not utf-8": (422, "InvalidRequest", "application/json", b'{"a": "\xff"}'),
    "number as picture": (422, "InvalidRequest", "application/json", b'{"person": 5}'),
    "not base64": (400, "ImageUnreadable", "application/json", b'{"person": "%%%"}'),
    "list as preset": (404, "PresetUnknown", "application/json", b'{"person_id": ["anna"]}'),
    "long json": (413, "ImageTooLarge", "application/json", b'{"person": "' + b"A" * 2_000_000),
    "no boundary": (422, "InvalidRequest", "multipart/form-data", b"hello"),
    "broken form": (422, "InvalidRequest", "multipart/form-data; boundary=x", b"--x\r\nhello"),
    "form cut off": (
        422,
        "InvalidRequest",
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="person"; filename="a"\r\n\r\nabc',
    ),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_bad_bodies_have_a_name(client: httpx.Client, guest: dict[str, str], name: str) -> None:
    status, error, kind, body = BAD_BODIES[name]
    headers = {**guest, "Content-Type": kind} if kind else guest
    answer = client.post("/v1/tryon", headers=headers, content=body)
    assert (answer.status_code, answer.json()["error"]["name"]) == (status, error)
    assert answer.json()["error"]["hint"]


def test_a_body_without_a_length_is_stopped(client: httpx.Client, guest: dict[str, str]) -> None:
    sent = 0

    def endless() -> Any:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="person"; filename="a"\r\n\r\n'
        while sent < 50_000_000:
            sent += 100_000
            yield bytes(100_000)

    headers = {**guest, "Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/v1/tryon", headers=headers, content=endless())
    assert answer.status_code == 413
    assert answer.json()["error"]["name"] == "ImageTooLarge"


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_keys_have_a_length(submit: Submit, key: str) -> None:
    answer = submit({"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["error"]["name"]) == (422, "InvalidRequest")


def test_a_job_that_is_done_in_time_is_a_200(submit: Submit, runner: Runner, jobs: Jobs) -> None:
    def work() -> None:
        while not runner.woken:
            time.sleep(0.01)
        runner.do()

    worker = threading.Thread(target=work)
    worker.start()
    answer = submit({"Prefer": "respond-async, wait=20"})
    worker.join()
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=20"
    assert answer.json()["status"] == "succeeded"
    assert answer.json()["result"]["url"] == f"/v1/jobs/{answer.json()['id']}/result"


def test_waiting_ends(submit: Submit) -> None:
    began = time.monotonic()
    answer = submit({"Prefer": "wait=1"})
    assert 1.0 <= time.monotonic() - began < 3.0
    assert answer.status_code == 202


@pytest.mark.parametrize("prefer", ["wait", "wait=", "wait=-1", "wait=soon", "return=minimal"])
def test_preferences_that_mean_nothing_are_passed_over(submit: Submit, prefer: str) -> None:
    assert submit({"Prefer": prefer}).status_code == 202


def test_a_full_queue(context: Context, submit: Submit, jobs: Jobs, runner: Runner) -> None:
    jobs.settings = jobs.settings.model_copy(update={"queue_limit": 1})
    assert submit().status_code == 202
    refused = submit()
    assert (refused.status_code, refused.json()["error"]["name"]) == (429, "QueueFull")
    assert int(refused.headers["retry-after"]) > 0
    runner.do()
    assert submit().status_code == 202


def test_storage_that_is_away(submit: Submit, blobs: FolderBlobs) -> None:
    blobs.folder.write_bytes(b"")
    answer = submit()
    assert (answer.status_code, answer.json()["error"]["name"]) == (503, "StorageUnavailable")
    assert "retry-after" in answer.headers


def test_guests_are_told_apart(client: httpx.Client, submit: Submit) -> None:
    submit()
    assert client.get("/v1/jobs", headers=new_guest(client)).json()["jobs"] == []
