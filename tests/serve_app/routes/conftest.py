"""The application over a real database and real pictures, and a runner that the test drives."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx
import numpy as np
import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from PIL import Image as Pillow

from deployments.types import Engine
from serve_app.application import build_app
from serve_app.blobs import FolderBlobs
from serve_app.catalogue import Catalogue, Entry
from serve_app.context import Context
from serve_app.database import Database
from serve_app.idempotency import Replies
from serve_app.identity import Identity
from serve_app.intake import Limits, to_picture, unpack
from serve_app.jobs import Jobs
from serve_app.passwords import Passwords
from serve_app.presets import Presets
from serve_app.privacy import Privacy
from serve_app.rates import Rates
from serve_app.renderings import Renderings
from serve_app.settings import Settings
from serve_app.uploads import Uploads
from serve_app.webhooks import Webhooks
from serve_app.wechat import WeChat
from tests.serve_app.conftest import Clock

CATALOGUE = Catalogue(
    engines=(
        Entry(name="drape", licence="Apache-2.0", commercial_use=True, available=True),
        Entry(
            name="other",
            licence="CC-BY-NC-4.0",
            commercial_use=False,
            available=False,
            hint="fitting-room weights fetch other",
        ),
    ),
    styles=(Entry(name="cel", licence="Apache-2.0", commercial_use=True, available=True),),
)


def photo(seed: int = 0, width: int = 90, height: int = 120) -> bytes:
    """A PNG that differs with its seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@dataclass
class Runner:
    """Does jobs when it is told to: the result is the negative of the person."""

    jobs: Jobs
    blobs: FolderBlobs
    woken: int = 0
    unready: dict[str, str] = field(default_factory=dict)

    def wake(self) -> None:
        self.woken += 1

    def do(self, *, with_panel: bool = False) -> None:
        claimed = self.jobs.claim("test", 60)
        assert claimed is not None
        role = "person" if claimed.kind == "tryon" else "image"
        first = unpack(self.blobs.read(claimed.inputs[role]))
        assert self.jobs.succeed(
            claimed.id,
            claimed.attempt,
            result=to_picture(255 - first),
            engine=Engine("drape", "1", "Apache-2.0", True),
            timings={"drape": 5.0},
            panel=to_picture(first) if with_panel else None,
        )

    def fail(self, name: str, hint: str = "Do better.") -> None:
        claimed = self.jobs.claim("test", 60)
        assert claimed is not None
        assert self.jobs.fail(claimed.id, claimed.attempt, name, "It went wrong.", hint)


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    folder = tmp_path / "gallery"
    folder.mkdir()
    items = []
    for number, (name, kind, category) in enumerate(
        [("anna", "person", ""), ("tee", "garment", "upper"), ("jeans", "garment", "lower")]
    ):
        (folder / f"{name}.png").write_bytes(photo(100 + number))
        items.append(
            f'[[items]]\nid = "{name}"\nfile = "{name}.png"\nkind = "{kind}"\n'
            f'category = "{category}"\ntitle = "{name.title()}"\n'
            'credit = "us"\nlicence = "Apache-2.0"\n'
        )
    (folder / "gallery.toml").write_text("\n".join(items))
    (folder / "secret.txt").write_text("not listed")
    return folder


@pytest.fixture
def runner(jobs: Jobs, blobs: FolderBlobs) -> Runner:
    return Runner(jobs, blobs)


@pytest.fixture
def context(
    settings: Settings,
    database: Database,
    jobs: Jobs,
    clock: Clock,
    gallery: Path,
    runner: Runner,
) -> Context:
    small = settings.model_copy(update={"max_upload_bytes": 200_000})
    return context_of(small, database, jobs, clock, runner, gallery)


def context_of(
    settings: Settings,
    database: Database,
    jobs: Jobs,
    clock: Clock,
    runner: Runner,
    gallery: Path,
) -> Context:
    """What the application works with, and a runner that answers when it is told to."""
    blobs = runner.blobs
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    limits = Limits.of(settings)
    uploads = Uploads(database, blobs, limits)
    return Context(
        settings=settings,
        database=database,
        blobs=blobs,
        jobs=jobs,
        identity=Identity(database, settings, clock, quick),
        presets=Presets(gallery, limits, uploads=uploads),
        uploads=uploads,
        renderings=Renderings(database, blobs, clock),
        catalogue=CATALOGUE,
        limits=limits,
        privacy=Privacy(jobs, lambda _names: None),
        replies=Replies(database, clock),
        rates=Rates(database, clock),
        webhooks=Webhooks(database, jobs, settings, clock),
        wechat=WeChat(settings),
        wake=runner.wake,
        unready=lambda: runner.unready,
    )


@pytest.fixture(scope="session")
def application() -> FastAPI:
    """Made once: describing some twenty routes takes longer than a test."""
    return build_app(cast("Context", None))


@contextmanager
def serving(application: FastAPI) -> Iterator[str]:
    """A real server on a free port, by its address."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def address(application: FastAPI) -> Iterator[str]:
    """The server that the tests share."""
    with serving(application) as address:
        yield address


@pytest.fixture(scope="session")
def connection(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def client(application: FastAPI, connection: httpx.Client, context: Context) -> httpx.Client:
    """Nobody in particular, before the parts of this test."""
    application.state.context = context
    return connection


@pytest.fixture
def guest(client: httpx.Client) -> dict[str, str]:
    """The headers of a guest."""
    return new_guest(client)


def new_guest(client: httpx.Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.post('/v1/auth/guest').json()['token']}"}


Submit = Callable[..., httpx.Response]


@pytest.fixture
def submit(client: httpx.Client, guest: dict[str, str]) -> Submit:
    """Send a try-on of two pictures as the guest, with further headers or fields."""

    def send(headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        files = {"person": photo(1), "garment": photo(2)}
        return client.post(
            "/v1/tryon", headers={**guest, **(headers or {})}, files=files, data=fields
        )

    return send
