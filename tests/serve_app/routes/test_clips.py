"""Videos and animations over HTTP: taken where the operator wants them, and resent as they are."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from serve_app.context import Context
from serve_app.jobs import Jobs
from serve_app.runner import Claims
from tests.serve_app.clips import gif_file, inverse, video_file

av = pytest.importorskip("av", reason="pip install 'fitting-room[video]'")


@pytest.fixture
def filming(application: FastAPI, client: httpx.Client, context: Context) -> Context:
    """A service that takes clips of two seconds."""
    wanted = replace(context, settings=context.settings.model_copy(update={"clip_seconds": 2.0}))
    application.state.context = wanted
    return wanted


def _send(client: httpx.Client, guest: dict[str, str], data: bytes) -> httpx.Response:
    return client.post("/v1/anime", headers=guest, files={"image": data})


def _work_until_done(jobs: Jobs, context: Context, user_id: str, job_id: str) -> None:
    async def work() -> None:
        claims = Claims(jobs, {"anime": inverse}, context.settings)
        claims.start()
        try:
            for _ in range(1500):
                if (await asyncio.to_thread(jobs.snapshot, user_id, job_id)).done:
                    break
                await asyncio.sleep(0.02)
        finally:
            claims.stop()

    asyncio.run(work())


@pytest.mark.parametrize("data", [gif_file(), video_file(3)])
def test_without_the_setting_clips_are_no_pictures(
    client: httpx.Client, guest: dict[str, str], data: bytes
) -> None:
    answer = _send(client, guest, data)
    assert answer.status_code in (400, 415)
    assert answer.json()["error"]["name"] in ("UnsupportedFormat", "ImageUnreadable")


def test_a_clip_comes_back_as_a_clip(
    client: httpx.Client, guest: dict[str, str], filming: Context, jobs: Jobs
) -> None:
    job_id = _send(client, guest, video_file(6)).json()["id"]
    user_id = client.get("/v1/me", headers=guest).json()["id"]
    _work_until_done(jobs, filming, user_id, job_id)
    job = client.get(f"/v1/jobs/{job_id}", headers=guest).json()
    assert job["status"] == "succeeded", job["error"]
    assert job["result"]["media_type"] == "video/mp4"
    url = f"/v1/jobs/{job_id}/result"
    whole = client.get(url, headers=guest)
    assert whole.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(whole.content)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 6
    part = client.get(url, headers={**guest, "Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, whole.content[:10])
    asked = client.get(url, headers=guest, params={"format": "png"})
    assert (asked.status_code, asked.json()["error"]["name"]) == (406, "NotAcceptable")
    assert client.get(url, headers={**guest, "Accept": "image/png"}).status_code == 406


def test_a_long_clip_is_refused_at_the_door(
    client: httpx.Client, guest: dict[str, str], filming: Context
) -> None:
    answer = _send(client, guest, video_file(72))
    assert (answer.status_code, answer.json()["error"]["name"]) == (413, "ClipTooLong")


def test_a_try_on_takes_photos_alone(
    client: httpx.Client, guest: dict[str, str], filming: Context
) -> None:
    files = {"person": gif_file(), "garment": gif_file()}
    answer = client.post("/v1/tryon", headers=guest, files=files)
    assert answer.json()["error"]["name"] == "UnsupportedFormat"
