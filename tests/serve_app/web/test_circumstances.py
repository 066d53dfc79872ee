"""The page before the real application in this process, with a runner that the test drives: what a
visitor meets by the operator's settings, in a long line, or with much behind them."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from deployments.types import Engine
from serve_app import presets
from serve_app.application import build_app
from serve_app.blobs import FolderBlobs
from serve_app.context import Context as Parts
from serve_app.database import Database, Job
from serve_app.intake import to_picture, unpack
from serve_app.jobs import Jobs
from serve_app.runner import Claims
from serve_app.settings import Settings
from tests.live import until
from tests.serve_app.clips import inverse, video_file
from tests.serve_app.conftest import Clock
from tests.serve_app.routes.conftest import Runner, context_of, new_guest, serving
from tests.serve_app.web.conftest import Visitor, serious, visiting

TERMS = {"terms_version": "2026-01", "terms_url": "https://fit.example.com/terms"}
TRYON = {"person_id": "woman-bob", "garment_id": "polo"}


@pytest.fixture(scope="module")
def application() -> FastAPI:
    return build_app(cast("Parts", None))


@pytest.fixture(scope="module")
def address(application: FastAPI) -> Iterator[str]:
    with serving(application) as found:
        yield found


@dataclass
class House:
    """A service, somebody before its page, and what is behind it."""

    application: FastAPI
    address: str
    parts: Parts
    runner: Runner
    visitor: Visitor

    @property
    def jobs(self) -> Jobs:
        return self.parts.jobs

    def client(self) -> httpx.Client:
        """The service without the page, as its visitor."""
        token = self.visitor.page.evaluate("localStorage.getItem('fitting-room.token')")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.address, headers=headers)

    def waiting(self, count: int = 1) -> Job:
        """The newest of so many jobs that wait."""
        until(lambda: len(self.jobs.every("queued")) >= count, 60, "the job is taken")
        return self.jobs.every("queued")[0]

    def answer(self, **told: Any) -> None:
        """Do the next job: the result is the negative of its photo."""
        claimed = self.jobs.claim("test", 60)
        assert claimed is not None
        photo = unpack(self.parts.blobs.read(claimed.inputs["person"]))
        engine = Engine("drape", "1", "Apache-2.0", True)
        result = to_picture(255 - photo)
        assert self.jobs.succeed(
            claimed.id, claimed.attempt, result=result, engine=engine, timings={}, **told
        )


@pytest.fixture
def house(
    settings: Settings,
    database: Database,
    blobs: FolderBlobs,
    jobs: Jobs,
    clock: Clock,
    browser: Any,
    application: FastAPI,
    address: str,
) -> Iterator[House]:
    runner = Runner(jobs, blobs)
    parts = context_of(settings, database, jobs, clock, runner, presets.GALLERY)
    application.state.context = parts
    with visiting(browser, address) as visitors:
        visitor = Visitor(visitors(permissions=["clipboard-read", "clipboard-write"]))
        visitor.page.set_default_timeout(60_000)
        yield House(application, address, parts, runner, visitor)
        assert visitor.faults == []


def set_up(house: House, **changes: Any) -> None:
    """Have the operator's settings changed."""
    wanted = house.parts.settings.model_copy(update=changes)
    house.parts.identity.consents.settings = wanted
    house.parts.identity.settings = wanted
    house.parts = house.application.state.context = replace(house.parts, settings=wanted)


def test_terms_are_read_and_agreed_to_where_the_job_is_asked_for(house: House) -> None:
    set_up(house, **TERMS)
    page = house.visitor.go()
    house.visitor.choose("woman-bob", "polo")
    house.visitor.try_on()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "Please agree to the terms first." in alert.inner_text()
    read = page.locator(".outcome").get_by_role("link", name="Read the terms")
    read.wait_for()
    assert read.get_attribute("href") == TERMS["terms_url"]
    assert serious(page) == []
    assert house.jobs.every() == []

    page.get_by_role("button", name="I agree").click()
    job = house.waiting()
    with house.client() as client:
        told = client.get("/v1/me/consents").json()["consents"]
    assert {one["version"] for one in told} == {"2026-01"}
    assert job.parameters["category"] == "auto"
    house.runner.do()
    house.visitor.result()


def test_the_foot_says_how_long_pictures_are_kept_here(house: House) -> None:
    set_up(house, input_hours=2.0, result_hours=24.0 * 30, **TERMS)
    page = house.visitor.go()
    foot = page.locator("#foot")
    foot.get_by_text("Photos are kept for 2 hours and results for 30 days, then erased.").wait_for()
    assert foot.get_by_role("link").get_attribute("href") == TERMS["terms_url"]


def test_a_clip_comes_back_as_one_that_plays(house: House) -> None:
    set_up(house, clip_seconds=2.0)
    page = house.visitor.go("#avatar")
    page.get_by_text("or a video or animation of up to 2 s").wait_for()
    file = {"name": "wave.mp4", "mimeType": "video/mp4", "buffer": video_file(6)}
    page.get_by_label("Photo: choose a photo").set_input_files(file)
    page.locator(".photo", has_text="wave.mp4").wait_for()
    page.get_by_role("button", name="Draw it").click()
    job = house.waiting()
    _film(house, job.id)

    video = page.locator(".compare video")
    video.wait_for()
    until(lambda: bool(video.evaluate("one => one.readyState >= 2")), 60, "it can be played")
    assert video.evaluate("one => [one.videoWidth, one.videoHeight]") == [120, 90]
    assert page.get_by_role("button", name="Zoom").count() == 0
    with page.expect_download() as caught:
        page.get_by_role("link", name="Download").click()
    assert caught.value.suggested_filename == "fitting-room-anime.mp4"
    page.get_by_role("link", name="History").click()
    page.locator(".card", has_text="▶").wait_for()


def _film(house: House, job_id: str) -> None:
    async def work() -> None:
        claims = Claims(house.jobs, {"anime": inverse}, house.parts.settings)
        claims.start()
        try:
            for _ in range(1500):
                if house.jobs.every("succeeded") or house.jobs.every("failed"):
                    break
                await asyncio.sleep(0.02)
        finally:
            claims.stop()

    # Playwright has a loop of its own in this thread.
    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    thread.join()
    assert [job.id for job in house.jobs.every("succeeded")] == [job_id]


def test_a_place_in_the_line_the_stages_and_a_way_out(house: House) -> None:
    page = house.visitor.go()
    with house.client() as client:
        for stranger in (new_guest(client), new_guest(client)):
            assert client.post("/v1/tryon", headers=stranger, data=TRYON).status_code == 202
    house.visitor.choose("woman-bob", "polo")
    house.visitor.try_on()
    page.get_by_text("Waiting: number 3 in line").wait_for()
    for _ in range(2):
        house.runner.do()
    mine = house.waiting()
    claimed = house.jobs.claim("test", 60)
    assert claimed is not None
    assert house.jobs.report(mine.id, claimed.attempt, "drape", 0.5)
    page.get_by_text("Draping the garment").wait_for()
    assert page.locator("progress").evaluate("bar => bar.value") == pytest.approx(0.525)

    page.get_by_role("button", name="Cancel").click()
    page.locator(".outcome").wait_for(state="detached")
    assert [job.id for job in house.jobs.every("canceled")] == [mine.id]
    assert house.visitor.kept() == []
    assert page.get_by_role("button", name="Try it on").is_enabled()


def test_what_the_garment_was_taken_for_is_put_right(house: House) -> None:
    page = house.visitor.go()
    house.visitor.choose("woman-bob", "polo")
    house.visitor.try_on()
    house.waiting()
    house.answer(category="upper", warnings=("PersonSmall",))
    house.visitor.result()
    page.get_by_text("The person is small in the picture").wait_for()
    assert serious(page) == []
    for name in ("Zoom", "Report"):
        page.get_by_role("button", name=name).click()
        page.locator("dialog[open]").wait_for()
        assert serious(page) == [], name
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")
    page.get_by_role("button", name="Share").click()
    page.get_by_text("Copied.").wait_for()
    page.locator("figcaption").get_by_role("button", name="Dress").click()
    assert house.waiting().parameters["category"] == "dress"
    house.answer(category="dress")
    page.get_by_text("Seen as: Dress. Wrong?").wait_for()

    # The next garment is looked at anew.
    house.visitor.choose(None, "jeans")
    house.visitor.try_on()
    assert house.waiting().parameters["category"] == "auto"


def test_anybody_and_whose_picture_it_is(house: House) -> None:
    page = house.visitor.go()
    page.get_by_role("button", name="Anybody").click()
    chosen = page.locator("section[aria-label=Person] [aria-pressed=true]")
    chosen.wait_for()
    preset = house.parts.presets.get(chosen.get_attribute("data-id"), "person")
    told = page.locator("section[aria-label=Person] .credit").inner_text()
    assert told == f"{preset.title} · {preset.credit} · {preset.licence}"


def test_an_avatar_as_strong_and_with_eyes_as_large_as_wanted(house: House) -> None:
    page = house.visitor.go("#avatar")
    page.locator("[data-id=man-curly]").click()
    page.get_by_role("slider", name="Strength").fill("0.6")
    page.get_by_role("slider", name="Larger eyes").fill("0.25")
    assert page.locator("label", has_text="Larger eyes").locator("output").inner_text() == "25 %"
    page.get_by_role("button", name="Draw it").click()
    wanted = house.waiting().parameters
    assert (wanted["strength"], wanted["eyes"]) == (0.6, 0.25)


def test_a_long_history(house: House) -> None:
    page = house.visitor.go("#me")
    page.get_by_label("Nickname").wait_for()
    with house.client() as client:
        for _ in range(30):
            assert client.post("/v1/tryon", data=TRYON).status_code == 202
        house.runner.fail("GarmentWorn")
        page.get_by_role("link", name="History").click()
        page.locator(".card").nth(23).wait_for()
        page.keyboard.press("End")
        page.get_by_text("That is all.").wait_for()
        assert page.locator(".card").count() == 30
        last = page.locator(".card").last
        assert "Choose a photo of the garment alone" in last.inner_text()
        last.get_by_role("button", name=re.compile("^Erase")).click()
        page.locator(".card").nth(29).wait_for(state="detached")
        assert len(client.get("/v1/jobs", params={"limit": 50}).json()["jobs"]) == 29


def test_a_face_a_name_and_the_way_out_and_back(house: House, person_file: Path) -> None:
    page = house.visitor.go("#me")
    page.get_by_label("Choose a picture").set_input_files(person_file)
    page.get_by_text("Saved.").wait_for()
    portrait = page.locator("img.portrait")
    assert portrait.evaluate("i => i.decode().then(() => i.naturalWidth)") == 256

    def fill(way: str, password: str) -> None:
        form = page.locator("section", has=page.get_by_role("heading", name=way))
        form.get_by_label("Name").fill("lin")
        form.get_by_label("Password").fill(password)
        form.get_by_role("button", name=way).click()

    fill("Sign up", "three good words")
    page.get_by_text("Signed up.").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are here as a guest").wait_for()
    fill("Log in", "another password")
    page.get_by_text("Name and password do not fit together.").wait_for()
    fill("Log in", "three good words")
    page.get_by_text("Signed up.").wait_for()
    assert page.locator("img.portrait").evaluate("i => i.src").startswith("blob:")


def test_admins_see_failures_try_again_and_purge(house: House) -> None:
    page = house.visitor.go("#me")
    page.get_by_label("Nickname").wait_for()
    with house.client() as client:
        set_up(house, admins=(client.get("/v1/me").json()["id"],))
        client.post("/v1/tryon", data=TRYON)
    house.runner.fail("PoseUncertain")
    page.goto("/#admin")
    page.reload()
    house.visitor.ready()
    page.get_by_role("cell", name="PoseUncertain").first.wait_for()
    page.get_by_role("cell", name="fitting-room weights fetch other").wait_for()
    page.get_by_role("button", name=re.compile("^Retry")).click()
    page.get_by_role("status").get_by_text("waiting").wait_for()
    assert [job.status for job in house.jobs.every()] == ["queued"]

    house.runner.do()
    cast("Clock", house.jobs.clock).forward(days=40)
    page.get_by_role("button", name="Purge").click()
    page.get_by_text("1 jobs erased.").wait_for()
    assert house.jobs.every("succeeded") == []
