"""What a runner does to pictures: how it reads them, marks them, and has them forgotten."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from deployments.types import Image, Outcome, Report
from serve_app.blobs import FolderBlobs
from serve_app.database import Database
from serve_app.intake import accept, decode
from serve_app.runner import Claims
from serve_app.settings import Settings
from tests.serve_app.test_runner import ENGINE, Bench

SIZE = (240, 320)


class Forgetful:
    """Notes what it was told to forget."""

    def __init__(self) -> None:
        self.told: list[Image] = []

    async def __call__(self, pictures: Iterable[Image]) -> None:
        self.told += pictures


async def grey(
    pictures: Mapping[str, Image], _parameters: Mapping[str, Any], report: Report
) -> Outcome:
    await report("draw", 0.5)
    return Outcome(np.full_like(pictures["image"], 200), ENGINE)


@pytest.fixture
def bench(settings: Settings, database: Database) -> Bench:
    return Bench(settings.model_copy(update={"poll_seconds": 0.05}))


@pytest.fixture
def photo() -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(np.full((*SIZE, 3), 90, np.uint8)).save(file, "JPEG")
    return file.getvalue()


async def done(bench: Bench, photo: bytes, **parameters: Any) -> bytes:
    job_id = bench.jobs.submit(bench.user, "anime", parameters, {"image": accept(photo)})
    async with bench.running(grey):
        await bench.until(job_id, "succeeded")
    return bench.jobs.blobs.read(bench.jobs.result(bench.user, job_id).blob)


async def test_a_jpeg_is_worked_on_and_the_result_says_what_it_is(
    bench: Bench, photo: bytes
) -> None:
    data = await done(bench, photo)
    with Pillow.open(io.BytesIO(data)) as picture:
        assert b"digitalsourcetype/trainedAlgorithmicMedia" in picture.info["xmp"]
        assert picture.info["Software"] == "Fitting Room (fake 1)"
    assert (decode(data) == 200).all()
    assert data == await done(bench, photo), "the same picture, the same bytes"


@pytest.mark.parametrize("wish", ["job", "operator"])
async def test_the_visible_mark(bench: Bench, photo: bytes, wish: str) -> None:
    if wish == "operator":
        bench.settings = bench.settings.model_copy(update={"visible_mark": True})
    parameters = {"visible_mark": True} if wish == "job" else {}
    picture = decode(await done(bench, photo, **parameters))
    changed = (picture != 200).any(2)
    assert changed[-20:, -100:].any()
    assert not changed[: SIZE[0] // 2].any()


async def test_a_job_that_is_erased_while_it_runs_is_forgotten(bench: Bench, photo: bytes) -> None:
    """What a model finds out of a picture after its erasure would stay."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(pictures: Any, parameters: Any, report: Report) -> Outcome:
        begun.set()
        await go_on.wait()
        return await grey(pictures, parameters, report)

    forget = Forgetful()
    claims = Claims(bench.jobs, {"anime": slow}, bench.settings, forget)
    job_id = bench.jobs.submit(bench.user, "anime", {}, {"image": accept(photo)})
    claims.start()
    try:
        await asyncio.wait_for(begun.wait(), 20)
        bench.jobs.delete(bench.user, job_id)
        go_on.set()
        for _ in range(2000):
            if forget.told:
                break
            await asyncio.sleep(0.01)
    finally:
        claims.stop()
        await asyncio.sleep(0)
    assert [picture.shape for picture in forget.told] == [(*SIZE, 3)]
    assert list(FolderBlobs(bench.settings.pictures).names()) == []


async def test_pictures_are_forgotten_by_the_names_they_are_stored_under(
    bench: Bench, photo: bytes
) -> None:
    forget = Forgetful()
    claims = Claims(bench.jobs, {}, bench.settings, forget)
    name = bench.jobs.blobs.write(accept(photo).data)
    await claims.forget([name])
    assert np.array_equal(forget.told[0], decode(photo))
