"""The real service: started as a user starts it, used over HTTP, and hurt."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import PIL.Image
import psutil
import pytest
from standardwebhooks import Webhook

from deployments.types import Image
from serve_app.client import Client, ServiceError
from serve_app.intake import encode
from tests.live import CHECKOUT, Live, live, until
from tests.receiver import receiving
from tests.test_readme import blocks
from weights.store import Store

pytestmark = pytest.mark.cluster

JOB_SECONDS = 120


class Service(Live):
    """With what its table says."""

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
        with sqlite3.connect(self.data / "fitting-room.sqlite3") as connection:
            row = connection.execute(query, (job_id,)).fetchone()
        connection.close()
        return row


@pytest.fixture(scope="module")
def service(store: Store) -> Iterator[Service]:
    with live(Service, store, {"FITTING_ROOM_WEBHOOK_LOOPBACK": "true"}) as service:
        yield service


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


def test_a_pair_of_the_gallery_is_answered_at_once_and_counted(service: Service) -> None:
    pair = {"person": "woman-long-hair", "garment": "polo"}
    words = [word for role, name in pair.items() for word in (f"--{role}", name)]
    rendered = service.run("gallery", "render", *words)
    assert "woman-long-hair × polo: rendered" in rendered.stdout, rendered.stderr
    data = {f"{role}_id": name for role, name in pair.items()}
    times = []
    with httpx.Client(base_url=service.address, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {client.post('/v1/auth/guest').json()['token']}"
        for _ in range(5):
            begun = time.perf_counter()
            job = client.post("/v1/tryon", data=data).json()
            times.append(time.perf_counter() - begun)
            assert (job["status"], list(job["timings"])) == ("succeeded", ["gallery"])
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert min(times) < 0.05 * busy, "where a core is free for it"
    until(lambda: ready_answers(service) == 5, 60, "they are counted", pause=1)


def ready_answers(service: Service) -> float:
    """What the cluster's metrics say was answered from the gallery."""
    named = service.folder / "ray" / "prom_metrics_service_discovery.json"
    targets = [target for one in json.loads(named.read_text()) for target in one["targets"]]
    line = r'^ray_fitting_room_ready_answers_total\{.*source="gallery".*\} (\S+)$'
    told = "\n".join(metrics_of(target) for target in set(targets))
    return sum(float(count) for count in re.findall(line, told, re.MULTILINE))


def metrics_of(target: str) -> str:
    """Empty where none are told. Ray names fixed ports for its autoscaler and its dashboard before
    it has them, also where somebody else does: a scraper passes over those."""
    try:
        return httpx.get(f"http://{target}/metrics", timeout=30).text
    except httpx.TransportError:
        return ""


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


def test_the_client_of_the_readme(
    service: Service, person_file: Path, garment_file: Path, tmp_path: Path
) -> None:
    (code,) = (block for block in blocks("python") if "Client" in block)
    shutil.copy(person_file, tmp_path / "person.jpg")
    shutil.copy(garment_file, tmp_path / "tee.jpg")
    code = code.replace("http://127.0.0.1:8000", service.address)
    environment = {**service.environment, "PYTHONPATH": str(CHECKOUT)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "tryon.png").stat().st_size > 10_000


def test_the_commands_of_the_api_page(
    service: Service, person_file: Path, garment_file: Path, tmp_path: Path
) -> None:
    (commands, *_) = re.findall(r"```sh\n(.*?)```", (CHECKOUT / "docs/4-api.md").read_text(), re.S)
    shutil.copy(person_file, tmp_path / "person.jpg")
    shutil.copy(garment_file, tmp_path / "tee.jpg")
    said = subprocess.run(
        [
            "bash",
            "-euo",
            "pipefail",
            "-c",
            commands.replace("127.0.0.1:8000", f"127.0.0.1:{service.port}"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{_with_jq(tmp_path)}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=JOB_SECONDS,
        check=False,
    )
    assert (said.returncode, said.stdout.strip()) == (0, "succeeded"), said.stderr
    assert (tmp_path / "tryon.jpg").read_bytes().startswith(b"\xff\xd8\xff")


def _with_jq(folder: Path) -> Path:
    """A folder with a `jq` that does what the page asks of it, where there is no real one."""
    if shutil.which("jq") is None:
        code = "import json, sys; print(json.load(sys.stdin)[sys.argv[2][1:]])"
        (folder / "jq").write_text(f"#!/bin/sh\nexec {sys.executable} -c '{code}' \"$@\"\n")
        (folder / "jq").chmod(0o755)
    return folder


def test_a_webhook_tells_the_end_of_a_job(
    service: Service, client: Client, person_photo: Image
) -> None:
    """From the cluster's own processes, signed as its owner was told."""
    with receiving() as server:
        job = client.wait(client.anime(encode(person_photo), webhook_url=f"{server.url}/hook"))
        until(lambda: len(server.received) == 1, JOB_SECONDS, "the webhook was called")
    (told,) = server.received
    headers = {"Authorization": f"Bearer {client.token}"}
    secret = httpx.get(f"{service.address}/v1/me/webhook-secret", headers=headers).json()["secret"]
    event = Webhook(secret).verify(told.body, told.headers)
    assert (told.method, told.path, event["type"]) == ("POST", "/hook", "job.succeeded")
    assert event["data"]["id"] == job["id"]
    assert event["data"]["result"] == job["result"]
    (delivery,) = _delivered(client, job["id"])
    assert (delivery["id"], delivery["last_status"]) == (told.headers["webhook-id"], 200)


def _delivered(client: Client, job_id: str) -> list[dict[str, Any]]:
    """The job's deliveries, once none is pending."""

    def seen() -> list[dict[str, Any]]:
        job: Any = client.job(job_id)
        return list(job["webhook"]["deliveries"])

    until(lambda: seen()[0]["state"] == "delivered", JOB_SECONDS, "the delivery is put down")
    return seen()


def test_what_was_erased_is_forgotten_by_every_process(
    service: Service, client: Client, person_photo: Image, garment_photo: Image
) -> None:
    """The parser has to look again: its memory of this person went with the job."""
    upright, garment = encode(person_photo[:-2]), encode(garment_photo)
    first = client.wait(client.tryon(upright, garment), timeout=JOB_SECONDS)
    known = client.wait(client.tryon(upright, garment), timeout=JOB_SECONDS)
    client.delete(first)
    client.delete(known)
    new = client.wait(client.tryon(upright, garment), timeout=JOB_SECONDS)
    assert new["timings"]["parsing"] > 2 * known["timings"]["parsing"]


def test_a_second_service_on_the_port_is_refused(service: Service) -> None:
    ended = service.run("serve", "--port", str(service.port))
    assert ended.returncode == 1
    assert "PortInUse" in ended.stderr
