"""Both clients against a real server: what they do, what they try again, and what they do not."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from serve_app import client as module
from serve_app.client import AsyncClient, Client, Job, PictureDamaged, ServiceError
from serve_app.context import Context
from serve_app.intake import decode, unpack
from tests.ports import free_port
from tests.serve_app.routes.conftest import (  # noqa: F401 - fixtures
    Runner,
    address,
    application,
    context,
    gallery,
    photo,
    runner,
)

Call = Callable[..., Any]


@pytest.fixture
def service(application: FastAPI, address: str, context: Context) -> str:  # noqa: F811
    application.state.context = context
    return address


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, service: str) -> Iterator[Call]:
    """Calls a method of one client or of the other, by its name."""
    if request.param == "sync":
        with Client(service) as client:
            yield lambda name, *given, **named: getattr(client, name)(*given, **named)
        return
    loop = asyncio.new_event_loop()
    other = AsyncClient(service)

    def run(name: str, *given: Any, **named: Any) -> Any:
        return loop.run_until_complete(
            cast("Awaitable[Any]", getattr(other, name)(*given, **named))
        )

    yield run
    loop.run_until_complete(other.close())
    loop.close()


def later(work: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(0.3, work)
    timer.start()
    return timer


def test_a_job_from_end_to_end(call: Call, runner: Runner, tmp_path: Path) -> None:  # noqa: F811
    job: Job = call("tryon", photo(1), "tee", category="upper", seed=7)
    assert (job["status"], job["kind"]) == ("queued", "tryon")
    assert job["parameters"]["seed"] == 7
    assert job["parameters"]["garment_id"] == "tee"
    timer = later(runner.do)
    done: Job = call("wait", job, timeout=30)
    timer.join()
    assert done["status"] == "succeeded"
    picture = decode(call("result", done))
    assert np.array_equal(picture, 255 - decode(photo(1)))
    file = call("download", done, tmp_path / "result.webp", "webp")
    assert file.read_bytes()[8:12] == b"WEBP"
    assert list(tmp_path.glob("*.part")) == []
    call("delete", done)
    call("delete", done)
    with pytest.raises(ServiceError, match="JobNotFound"):
        call("job", job["id"])


def test_a_file_is_sent(call: Call, runner: Runner, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "me.png").write_bytes(photo(3))
    job = call("anime", tmp_path / "me.png", style="cel")
    (stored,) = runner.jobs.claim("test", 60).inputs.values()  # type: ignore[union-attr]
    assert np.array_equal(unpack(runner.blobs.read(stored)), decode(photo(3)))
    assert job["kind"] == "anime"


def test_progress_is_told(call: Call, runner: Runner) -> None:  # noqa: F811
    job = call("anime", photo(1))
    told: list[str] = []
    timer = later(runner.do)
    call("wait", job, lambda one: told.append(one["status"]), timeout=30, interval=0.05)
    timer.join()
    assert told[0] == "queued"
    assert told[-1] == "succeeded"
    assert len(told) > 2


def test_a_failed_job_raises_its_error(call: Call, runner: Runner) -> None:  # noqa: F811
    job = call("anime", photo(1))
    runner.fail("PersonNotFound", "Send another.")
    with pytest.raises(ServiceError) as caught:
        call("wait", job)
    assert (caught.value.name, caught.value.hint) == ("PersonNotFound", "Send another.")


def test_waiting_ends_and_the_job_does_not(call: Call) -> None:
    job = call("anime", photo(1))
    with pytest.raises(TimeoutError):
        call("wait", job, timeout=0.3, interval=0.1)
    assert call("cancel", job)["status"] == "canceled"
    with pytest.raises(ServiceError, match="canceled"):
        call("wait", job)


def test_a_key_of_ones_own_makes_one_job(call: Call, runner: Runner) -> None:  # noqa: F811
    first, again = (call("anime", photo(1), key="mine") for _ in range(2))
    assert first["id"] == again["id"]
    assert call("anime", photo(1))["id"] != first["id"]


def test_refusals_are_not_tried_again(call: Call) -> None:
    began = time.monotonic()
    with pytest.raises(ServiceError) as caught:
        call("anime", b"no picture")
    assert (caught.value.name, caught.value.status) == ("UnsupportedFormat", 415)
    assert time.monotonic() - began < 5


def test_a_damaged_download_is_noticed(call: Call, runner: Runner) -> None:  # noqa: F811
    job = call("anime", photo(1))
    runner.do()
    done = call("wait", job)
    with pytest.raises(PictureDamaged):
        call("result", {**done, "result": {**done["result"], "sha256": "0" * 64}})


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        found = inspect.getmembers(kind, inspect.isfunction)
        shown = [(name, value) for name, value in found if not name.startswith("_")]
        return {name: list(inspect.signature(value).parameters) for name, value in shown}

    assert methods(Client) == methods(AsyncClient)


# Faults between the client and the service


class Unreliable(BaseHTTPRequestHandler):
    """Plays a list of answers: status, headers and body; None breaks the connection off."""

    plan: list[tuple[int, dict[str, str], bytes] | None]
    seen: list[tuple[str, str, str | None]]

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path, self.headers.get("Idempotency-Key")))
        planned = self.plan.pop(0)
        if planned is None:
            self.connection.close()
            return
        status, headers, body = planned
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - as http.server calls them

    def log_message(self, *_given: Any) -> None:
        """Says nothing."""


@pytest.fixture
def unreliable(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[type[Unreliable], Client]]:
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    handler = type("Planned", (Unreliable,), {"plan": [], "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Client(f"http://127.0.0.1:{server.server_port}", token="known", patience=5) as client:
        yield handler, client
    server.shutdown()
    server.server_close()


def error(name: str) -> bytes:
    return b'{"error": {"name": "%s", "message": "m", "hint": "h"}}' % name.encode()


JOB: tuple[int, dict[str, str], bytes] = (202, {}, b'{"id": "1", "status": "queued"}')


def test_a_submit_is_tried_again_under_its_key(unreliable: tuple[type[Unreliable], Client]) -> None:
    server, client = unreliable
    server.plan[:] = [
        None,
        (500, {}, b"Internal Server Error"),
        (503, {"Retry-After": "1"}, error("DatabaseUnavailable")),
        JOB,
    ]
    began = time.monotonic()
    assert client.anime(b"picture")["id"] == "1"
    assert time.monotonic() - began > 1
    assert [seen[:2] for seen in server.seen] == 4 * [("POST", "/v1/anime")]
    (key,) = {key for _, _, key in server.seen}
    assert key


def test_two_submits_have_two_keys(unreliable: tuple[type[Unreliable], Client]) -> None:
    server, client = unreliable
    server.plan[:] = [JOB, JOB]
    client.anime(b"picture")
    client.anime(b"picture")
    assert len({key for _, _, key in server.seen}) == 2


@pytest.mark.parametrize(
    ("name", "status"), [("WorkerLost", 503), ("GpuMemoryExhausted", 503), ("JobNotFound", 404)]
)
def test_what_stays_is_not_tried_again(
    unreliable: tuple[type[Unreliable], Client], name: str, status: int
) -> None:
    server, client = unreliable
    server.plan[:] = [(status, {"Retry-After": "1"}, error(name))]
    with pytest.raises(ServiceError, match=name):
        client.job("1")
    assert len(server.seen) == 1


def test_a_guest_is_not_made_twice(unreliable: tuple[type[Unreliable], Client]) -> None:
    server, client = unreliable
    client.token = None
    server.plan[:] = [None]
    with pytest.raises(httpx.TransportError):
        client.anime(b"picture")
    assert len(server.seen) == 1


def test_an_erasure_whose_answer_was_lost_is_done(
    unreliable: tuple[type[Unreliable], Client],
) -> None:
    server, client = unreliable
    server.plan[:] = [None, (404, {}, error("JobNotFound"))]
    client.delete(cast("Job", {"id": "1"}))
    assert len(server.seen) == 2


def test_patience_ends() -> None:
    began = time.monotonic()
    nobody = f"http://127.0.0.1:{free_port()}"
    with Client(nobody, patience=1.0) as client, pytest.raises(httpx.ConnectError):
        client.anime(b"picture")
    assert time.monotonic() - began < 5
