"""The exact calls of the mini-program, and what it reads of the answers."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any

import httpx
import numpy as np
import pytest

from serve_app.context import Context
from serve_app.intake import decode
from serve_app.jobs import Jobs
from serve_app.routes.earlier import callers
from tests.serve_app.routes.compat.conftest import Quick
from tests.serve_app.routes.compat.steps import (
    negative,
    text,
)
from tests.serve_app.routes.conftest import photo
from tests.serve_app.routes.test_gallery import render


def sent_by_mini_program(user_id: str, **more: Any) -> dict[str, Any]:
    """As its fitting page puts it together."""
    return {
        "userId": user_id,
        "isUploadPerson": False,
        "isUploadCloth": False,
        "personData": None,
        "clothData": None,
        "examplePersonId": None,
        "exampleClothId": None,
    } | more


@pytest.mark.parametrize("own", [(), ("Person",), ("Cloth",), ("Person", "Cloth")])
def test_tryon_of_the_mini_program(
    client: httpx.Client, key: str, context: Context, own: tuple[str, ...]
) -> None:
    said = sent_by_mini_program(key)
    for word, number in (("Person", 1), ("Cloth", 2)):
        if word in own:
            said |= {f"isUpload{word}": True, f"{word.lower()}Data": text(photo(number))}
        else:
            said[f"example{word}Id"] = number
    answer = client.post("/tryon", json=said)
    assert (answer.status_code, answer.json()["code"], answer.json()["msg"]) == (
        200,
        200,
        "success",
    )
    shown = client.get(answer.json()["data"]["tryon_result"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    person = photo(1) if "Person" in own else context.presets.file("anna")[0]
    assert np.array_equal(decode(shown.content), negative(person))
    (job,) = client.get("/v1/jobs", headers={"Authorization": f"Bearer {key}"}).json()["jobs"]
    assert job["parameters"].get("garment_id") == (None if "Cloth" in own else "jeans")


def test_a_pair_of_the_gallery_needs_no_model(
    client: httpx.Client, key: str, context: Context, runner: Quick
) -> None:
    data = render(context)
    said = sent_by_mini_program(key, examplePersonId="anna", exampleClothId="tee")
    answer = client.post("/tryon", json=said).json()
    assert client.get(answer["data"]["tryon_result"]).content == data
    assert runner.woken == 0
    assert client.post("/queryTryon", json={"userId": key}).json()["data"] == answer["data"]


def test_anime_of_the_mini_program(client: httpx.Client, key: str) -> None:
    lines = base64.encodebytes(photo(3)).decode()  # as MIME breaks them
    answer = client.post("/anime", json={"userId": key, "imgData": lines}).json()
    assert answer["code"] == 200
    shown = client.get(answer["data"]["tryon_result"])
    assert np.array_equal(decode(shown.content), negative(photo(3)))


def test_the_mini_program_asks_again_when_it_gave_up(
    client: httpx.Client, key: str, runner: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "HOLD_SECONDS", 0.05)
    assert callers.HOLD_SECONDS < 60
    runner.asleep = True
    query = {"userId": key}
    assert client.post("/queryTryon", json=query).json() == {"code": 500, "msg": "fail"}
    said = sent_by_mini_program(key, examplePersonId=1, exampleClothId=1)
    held = client.post("/tryon", json=said)
    assert (held.status_code, held.json()["code"]) == (200, 500)
    assert client.post("/queryTryon", json=query).json() == {"code": 500, "msg": "fail"}
    runner.do()
    client.post("/anime", json={"userId": key, "imgData": text(photo(1))})
    answer = client.post("/queryTryon", json=query).json()
    assert (answer["code"], answer["msg"]) == (200, "success")
    assert client.get(answer["data"]["tryon_result"]).status_code == 200


def test_the_server_holds_out_longer_than_the_mini_program() -> None:
    """Else it would be told of a failure and never ask again."""
    assert callers.HOLD_SECONDS > 60


def test_history_of_the_mini_program(client: httpx.Client, key: str, runner: Quick) -> None:
    said = sent_by_mini_program(key, examplePersonId="1", exampleClothId="tee")
    client.post("/tryon", json=said)
    client.post("/anime", json={"userId": key, "imgData": text(photo(1))})
    runner.fault = "PersonNotFound"
    failed = client.post("/tryon", json=said).json()
    assert (failed["code"], failed["msg"]) == (500, "It went wrong.")
    assert failed["data"]["error"] == "PersonNotFound: It went wrong. Do better."
    history = client.post("/getHistory", json={"userId": key}).json()
    assert history["code"] == 200
    assert [one["op"] for one in history["data"]] == ["动漫人物", "虚拟换衣"]
    for one in history["data"]:
        assert set(one) == {"op", "time", "result_url", "status"}
        assert one["status"] == "已完成"
        age = datetime.now(timezone.utc).timestamp() - float(one["time"])
        assert abs(age) < 60
        assert client.get(one["result_url"]).status_code == 200


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"examplePersonId": 9}, "PresetUnknown"),
        ({"examplePersonId": "tee"}, "PresetUnknown"),
        ({"examplePersonId": 0}, "PresetUnknown"),
        ({"isUploadPerson": True}, "ImageMissing"),
        ({"isUploadPerson": True, "personData": text(b"BM not a photo")}, "UnsupportedFormat"),
        ({"isUploadPerson": True, "personData": "%%"}, "ImageUnreadable"),
        ({"exampleClothId": None}, "ImageMissing"),
        ({"userId": None}, "TokenMissing"),
        ({"userId": "oGZUI0egBJY1zhBYw2KhdUfwVJJE"}, "TokenInvalid"),
    ],
)
def test_what_the_mini_program_reads_of_a_fault(
    client: httpx.Client, key: str, jobs: Jobs, change: dict[str, Any], name: str
) -> None:
    said = sent_by_mini_program(key, examplePersonId=1, exampleClothId=1) | change
    answer = client.post("/tryon", json=said)
    assert (answer.status_code, answer.json()["code"]) == (200, 500)
    assert answer.json()["data"]["error"].startswith(f"{name}: ")
    assert jobs.every() == []


def test_nobody_is_told_the_secret_of_the_mini_program(client: httpx.Client) -> None:
    assert client.post("/getAppid", json={}).status_code == 404
