"""The real service: started as a user starts it, used over HTTP, and hurt."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import PIL.Image
import psutil
import pytest

from deployments.types import Image
from serve_app.client import Client, ServiceError
from serve_app.intake import encode
from tests.conftest import CHECKOUT
from weights.store import Store

pytestmark = pytest.mark.cluster

START_SECONDS = 300
JOB_SECONDS = 120


@dataclass
class Service:
    """A running service and what can be known of it from outside."""

    process: psutil.Popen
    address: str
    folder: Path

    def replica(self, name: str) -> psutil.Process:
        """The process of a deployment's only replica."""
        found = [
            child
            for child in self.process.children(recursive=True)
            if "ServeReplica:fitting-room:" in (title := _title(child))
            and title.partition("fitting-room:")[2].partition(".")[0].strip() == name
        ]
        assert len(found) == 1, f"{name}: {[_title(child) for child in found]}"
        return found[0]

    def row(self, job_id: str) -> tuple[str, str | None, int]:
        """Status, stage and attempt, straight from the table."""
        row: tuple[str, str | None, int] = self._query(
            "SELECT status, stage, attempt FROM jobs WHERE id = ?", job_id
        )
        return row

    def is_past_preparing(self, job_id: str) -> bool:
        """The generator is at work on it, or has been."""
        status, stage, _ = self.row(job_id)
        return stage == "drape" or status in ("succeeded", "failed")

    def results(self, job_id: str) -> int:
        """How many results a job has."""
        return int(self._query("SELECT count(*) FROM results WHERE job_id = ?", job_id)[0])

    def _query(self, query: str, job_id: str) -> Any:
        with sqlite3.connect(self.folder / "data" / "fitting-room.sqlite3") as connection:
            row = connection.execute(query, (job_id,)).fetchone()
        connection.close()
        return row


def _title(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def service(store: Store) -> Iterator[Service]:
    """`fitting-room serve` in a folder of its own. The folder's path is short because the paths of
    Ray's sockets are limited to 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="fr", dir="/tmp"))
    port = _free_port()
    command = [sys.executable, "-m", "serve_app", "serve", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = psutil.Popen(
            command, cwd=folder, env=_environment(folder, store), stdout=log, stderr=log
        )
    service = Service(process, f"http://127.0.0.1:{port}", folder)
    try:
        until(lambda: _is_ready(service), START_SECONDS, "the service is ready")
        yield service
    finally:
        left = _stop(process)
        shutil.rmtree(folder)
    assert left == []


def _environment(folder: Path, store: Store) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return {
        **kept,
        "PYTHONPATH": str(CHECKOUT),
        "RAY_TMPDIR": str(folder),
        "RAY_AUTH_MODE": "disabled",
        # Ray's workers stand back for all else on the machine by default; a test would wait long.
        "RAY_worker_niceness": "0",
        "FITTING_ROOM_DATA_DIR": str(folder / "data"),
        "FITTING_ROOM_WEIGHTS_DIR": str(store.root),
        "FITTING_ROOM_LEASE_SECONDS": "4",
        "FITTING_ROOM_SWEEP_SECONDS": "0.5",
    }


def _is_ready(service: Service) -> bool:
    if service.process.poll() is not None:
        pytest.fail(f"the service ended: {(service.folder / 'log').read_text()[-2000:]}")
    with suppress(httpx.TransportError):
        return httpx.get(f"{service.address}/readyz", timeout=5).status_code == 200
    return False


def _stop(process: psutil.Popen) -> list[str]:
    """End the service in order; what is left of it all the same is killed and told."""
    family: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
        family = process.children(recursive=True)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=90)
    _, alive = psutil.wait_procs([process, *family], timeout=20)
    left = [_title(one) for one in alive]
    for one in alive:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(alive, timeout=10)
    return left


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[Client]:
    with Client(service.address) as client:
        yield client


def test_both_jobs_over_http(
    service: Service, client: Client, person_photo: Image, garment_photo: Image
) -> None:
    person, garment = encode(person_photo), encode(garment_photo)
    jobs = [client.tryon(person, garment), client.anime(person)]
    done = [client.wait(job, timeout=JOB_SECONDS) for job in jobs]
    for job, engine in zip(done, ("drape", "cel"), strict=True):
        assert job["engine"]
        assert job["result"]
        assert job["engine"]["name"] == engine
        assert job["progress"] == 1.0
        picture = client.result(job)
        assert hashlib.sha256(picture).hexdigest() == job["result"]["sha256"]
        assert client.result(job) == picture
        height, width = person_photo.shape[:2]
        assert PIL.Image.open(io.BytesIO(picture)).size == (width, height)
    assert {"pose", "parsing", "garment_mask", "garment_shape", "drape"} <= set(done[0]["timings"])


def test_what_is_known_of_a_person_is_kept(
    client: Client, person_photo: Image, garment_photo: Image
) -> None:
    person, garment = encode(person_photo), encode(garment_photo)
    first, second = (
        client.wait(client.tryon(person, garment, seed="1"), timeout=JOB_SECONDS) for _ in range(2)
    )
    assert client.result(first) == client.result(second)
    assert second["timings"]["parsing"] < 5000


def test_a_picture_without_a_garment_fails_by_name(client: Client, person_photo: Image) -> None:
    empty = encode(person_photo[:1, :1].repeat(256, axis=0).repeat(256, axis=1))
    with pytest.raises(ServiceError) as caught:
        client.wait(client.tryon(encode(person_photo), empty), timeout=JOB_SECONDS)
    assert caught.value.name == "GarmentNotFound"
    assert caught.value.hint


def test_a_result_that_is_not_ready(
    service: Service, client: Client, person_photo: Image, garment_photo: Image
) -> None:
    with held(service, client, person_photo, garment_photo) as job:
        with pytest.raises(ServiceError) as caught:
            client.result(job)
        assert (caught.value.name, caught.value.status) == ("ResultNotReady", 409)
        assert httpx.get(f"{service.address}/v1/jobs/{job['id']}/result").status_code == 401
    client.wait(job, timeout=JOB_SECONDS)
    assert client.result(job).startswith(b"\x89PNG")


@pytest.mark.parametrize("victim", ["drape", "runner"])
def test_a_process_that_dies_in_the_middle_costs_time_and_nothing_else(
    service: Service, client: Client, person_photo: Image, garment_photo: Image, victim: str
) -> None:
    with held(service, client, person_photo, garment_photo) as job:
        service.replica(victim).kill()
    client.wait(job, timeout=JOB_SECONDS)
    assert service.row(job["id"])[::2] == ("succeeded", 2)
    assert service.results(job["id"]) == 1
    assert client.result(job).startswith(b"\x89PNG")


@contextmanager
def held(service: Service, client: Client, person: Image, garment: Image) -> Iterator[Any]:
    """A job whose generator stands still in the middle of its work until the block ends."""
    generator = service.replica("drape")
    for seed in range(5):
        job = client.tryon(encode(person), encode(garment), seed=str(seed))
        until(partial(service.is_past_preparing, job["id"]), JOB_SECONDS, "it is drawn")
        time.sleep(0.05)
        generator.suspend()
        if service.row(job["id"])[:2] == ("running", "drape"):
            break
        generator.resume()  # it was quicker than we were
    else:
        pytest.fail("the generator is too quick to be caught at work")
    try:
        yield job
    finally:
        with suppress(psutil.NoSuchProcess):
            generator.resume()


def test_a_second_service_on_the_port_is_refused(service: Service, store: Store) -> None:
    port = service.address.rpartition(":")[2]
    command = [sys.executable, "-m", "serve_app", "serve", "--port", port]
    environment = _environment(service.folder, store)
    ended = subprocess.run(
        command,
        cwd=service.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    assert "PortInUse" in ended.stderr
