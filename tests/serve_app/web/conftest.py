"""A real browser before a real service: one of each for all tests of the page."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from sqlalchemy import update

from serve_app.database import Database, User
from tests.live import Live, live
from weights.store import Store

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream"]
PATIENCE = 120_000
"""Milliseconds for what a model has to do first: the machine may be busy."""

Context = Callable[..., Any]


@pytest.fixture(scope="package")
def service(store: Store) -> Iterator[Live]:
    """The service itself."""
    with live(Live, store) as found:
        yield found


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="needs Playwright: pip install playwright"
    )
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def context(browser: Any, service: Live) -> Iterator[Context]:
    """Makes visitors, each with a browser profile of their own."""
    with visiting(browser, service.address) as found:
        yield found


@contextmanager
def visiting(browser: Any, address: str) -> Iterator[Context]:
    """Makes visitors of a service."""
    opened = []

    def visitor(**options: Any) -> Any:
        settings = {"viewport": {"width": 1200, "height": 900}, "locale": "en-GB", **options}
        made = browser.new_context(base_url=address, **settings)
        made.set_default_timeout(PATIENCE)
        opened.append(made)
        return made

    yield visitor
    for one in opened:
        one.close()


class Visitor:
    """A page, and what went wrong on it."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        # A request that is answered by an error is a line of the browser's own.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def go(self, where: str = "") -> Any:
        self.page.goto(f"/{where}")
        self.ready()
        return self.page

    def ready(self) -> None:
        self.page.wait_for_selector("html[data-ready]")

    def choose(self, person: str | None, garment: str | None) -> None:
        for role, name in (("Person", person), ("Garment", garment)):
            if name:
                self.page.locator(f"section[aria-label={role}] [data-id={name}]").click()

    def try_on(self) -> None:
        self.page.get_by_role("button", name="Try it on").click()

    def result(self) -> Any:
        """The picture of the newest result, when it is there."""
        after = self.page.locator(".compare img.after").first
        after.wait_for()
        return after

    def kept(self, page: str = "try") -> list[str]:
        """The jobs that the tab waits for."""
        found: list[str] = self.page.evaluate(
            "page => JSON.parse(sessionStorage.getItem(`fitting-room.${page}`) ?? '[]')", page
        )
        return found


@pytest.fixture
def visitor(context: Context) -> Iterator[Visitor]:
    """Somebody at a desktop, who meets no error of the page itself."""
    found = Visitor(context())
    yield found
    assert found.faults == []


def make_admin(service: Live, page: Any) -> None:
    """The page's user is one who runs the service from now on."""
    user = page.evaluate(
        "async () => (await (await fetch('v1/me', {headers: {Authorization: "
        "`Bearer ${localStorage.getItem('fitting-room.token')}`}})).json()).id"
    )
    database = Database(f"sqlite:///{service.data / 'fitting-room.sqlite3'}")
    with database.writing() as session:
        session.execute(update(User).where(User.id == user).values(role="admin"))
    database.close()


def serious(page: Any) -> list[str]:
    """What axe-core finds that stands in somebody's way."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="needs axe-core: pip install axe-playwright-python",
    )
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def lying_photo() -> bytes:
    """A JPEG of 3000×2000 px as a phone held upright writes it, with a place in its metadata."""
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010E] = 6, "SECRET PLACE"
    pixels = np.full((2000, 3000, 3), 90, np.uint8)
    pixels[:, :300] = (200, 30, 30)  # the left edge, which is the upper one once it is upright
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "JPEG", exif=exif)
    return file.getvalue()
