"""The exact calls of the JSON client, and what it reads of the answers."""

from __future__ import annotations

import base64
import io
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from tests.serve_app.routes.compat.conftest import Quick
from tests.serve_app.routes.compat.steps import (
    jpeg,
    negative,
    sent_to_cloth,
)
from tests.serve_app.routes.conftest import photo

FRAME = (480, 640)
"""Rows and columns of a phone's camera."""


def frame() -> tuple[bytes, np.ndarray[Any, Any]]:
    """A phone's frame, and the person in it as it is to be dressed."""
    rows, columns = np.mgrid[: FRAME[0], : FRAME[1]]
    pixels = np.stack([rows * 255 // 480, columns * 255 // 640, rows * 0 + 40], 2).astype(np.uint8)
    upright = ImageOps.mirror(Pillow.fromarray(pixels).transpose(Pillow.Transpose.ROTATE_90))
    return jpeg(pixels), np.asarray(upright.crop((45, 60, 435, 580)))


def shown_by(answer: httpx.Response) -> Pillow.Image:
    data = base64.b64decode(answer.json()["output_image"], validate=True)
    assert data.startswith(b"BM")
    return Pillow.open(io.BytesIO(data)).convert("RGB")


def test_cloth(client: httpx.Client, key: str) -> None:
    data, person = frame()
    answer = client.post("/cloth", content=sent_to_cloth(data, key))
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["ai_generated"] is True
    picture = shown_by(answer)
    assert picture.size == (192, 256)
    wanted = Pillow.fromarray(255 - person).resize((192, 256), Pillow.Resampling.LANCZOS)
    assert np.abs(np.asarray(picture).astype(int) - np.asarray(wanted)).max() < 12


def test_cloth_of_a_photo_that_stands_upright(client: httpx.Client, key: str) -> None:
    said = sent_to_cloth(photo(1), key, camera_frame=False, full_size=True)
    picture = shown_by(client.post("/cloth", content=said))
    assert np.array_equal(np.asarray(picture), negative(photo(1)))


def test_cloth_by_a_key_in_its_address(client: httpx.Client, key: str) -> None:
    """The sample client's `uuid` is a file's name; its address is an option."""
    said = sent_to_cloth(frame()[0], "1.jpg")
    assert client.post("/cloth", params={"key": key}, content=said).json()["status"] == "ok"


@pytest.mark.parametrize("how", ["weak", "failed"])
def test_cloth_without_a_sure_result(
    client: httpx.Client, key: str, runner: Quick, how: str
) -> None:
    """The picture is there all the same."""
    runner.confidence, runner.fault = 0.09, "PersonNotFound" if how == "failed" else ""
    data, person = frame()
    answer = client.post("/cloth", content=sent_to_cloth(data, key))
    assert (answer.status_code, answer.json()["status"]) == (200, "failure")
    middle = np.asarray(shown_by(answer))[128, 96].astype(int)
    seen = person[260, 195] if how == "failed" else 255 - person[260, 195]
    assert np.abs(middle - seen).max() < 12


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"not json", "InvalidRequest"),
        (b"[]", "InvalidRequest"),
        (b"{}", "TokenMissing"),
        (sent_to_cloth(photo(1), "KEY"), "ImageTooSmall"),
        (sent_to_cloth(b"GIF89a", "KEY"), "UnsupportedFormat"),
        (b'{"uuid": "KEY", "image_person": "aGk="}', "ImageMissing"),
    ],
)
def test_what_a_client_of_cloth_reads_of_a_fault(
    client: httpx.Client, key: str, body: bytes, name: str
) -> None:
    answer = client.post("/cloth", content=body.replace(b"KEY", key.encode()))
    assert (answer.status_code, answer.json()["status"]) == (200, "failure")
    assert (answer.json()["output_image"], answer.json()["error"]["name"]) == ("", name)


def test_cloth_in_a_browser(client: httpx.Client) -> None:
    answer = client.get("/cloth")
    assert (answer.status_code, answer.headers["content-type"][:10]) == (200, "text/plain")
