"""The service with the routes of earlier systems, and a runner that does each job at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import httpx
import pytest
from fastapi import FastAPI

from deployments.types import Engine
from serve_app.application import build_app
from serve_app.blobs import FolderBlobs
from serve_app.context import Context
from serve_app.intake import to_picture, unpack
from serve_app.jobs import Jobs
from tests.serve_app.routes.conftest import Runner, serving


@dataclass
class Quick(Runner):
    """Does each job as soon as it comes in: the result is the negative of the person."""

    confidence: float = 0.9
    fault: str = ""
    asleep: bool = False

    def wake(self) -> None:
        self.woken += 1
        if not self.asleep:
            threading.Thread(target=self.do).start()

    def do(self, *, with_panel: bool = False) -> None:
        if self.fault:
            self.fail(self.fault)
            return
        claimed = self.jobs.claim("test", 60)
        assert claimed is not None
        role = "person" if claimed.kind == "tryon" else "image"
        seen = unpack(self.blobs.read(claimed.inputs[role]))
        assert self.jobs.succeed(
            claimed.id,
            claimed.attempt,
            result=to_picture(255 - seen),
            engine=Engine("drape", "1", "Apache-2.0", True),
            timings={"drape": 5.0},
            confidence=self.confidence,
        )


@pytest.fixture
def runner(jobs: Jobs, blobs: FolderBlobs) -> Quick:
    return Quick(jobs, blobs)


@pytest.fixture(scope="module")
def old_application() -> FastAPI:
    return build_app(cast("Context", None), old_clients=True)


@pytest.fixture(scope="module")
def old_connection(old_application: FastAPI) -> Iterator[httpx.Client]:
    with serving(old_application) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def client(
    old_application: FastAPI, old_connection: httpx.Client, context: Context
) -> httpx.Client:
    old_application.state.context = context
    old_connection.cookies.clear()
    return old_connection


@pytest.fixture
def key(client: httpx.Client, guest: dict[str, str]) -> str:
    """What a client is given by its operator."""
    made = client.post("/v1/keys", headers=guest, json={"name": "old client"})
    return str(made.json()["key"])
