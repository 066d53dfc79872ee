"""`fitting-room demo`: one try-on and one avatar through the real service, start to end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serve_app.client import Client, Job

PERSON = "woman-bun"
GARMENT = "tshirt-logo"
_START_SECONDS = 180

Rows = list[tuple[str, float]]


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pictures.")] = Path(
        "out"
    ),
    started: Annotated[
        float | None, typer.Option(help="When the whole began, in seconds since 1970.", hidden=True)
    ] = None,
) -> None:
    """Fetch the weights, start the service, make out/tryon.png and out/anime.png, stop it."""
    rows: Rows = []
    if started is not None:
        rows.append(("environment", time.time() - started))
    out.mkdir(parents=True, exist_ok=True)
    with _timed(rows, "weights"):
        _fetch_weights()
    port = _free_port()
    with _service(port, out / "service.log", rows):
        _run_jobs(f"http://127.0.0.1:{port}", out, rows)
    _print_table(rows)
    typer.echo(f"{out / 'tryon.png'}\n{out / 'anime.png'}")


def _fetch_weights() -> None:
    from weights.progress import bars
    from weights.store import Store

    with bars() as report:
        Store.from_environment().fetch(None, report)


def _run_jobs(address: str, out: Path, rows: Rows) -> None:
    from serve_app.client import Client

    with Client(address) as client:
        with _timed(rows, "try-on, through HTTP"):
            job = client.wait(client.tryon(PERSON, GARMENT))
            (out / "tryon.png").write_bytes(client.result(job))
        rows.extend(_stages(job))
        with _timed(rows, "avatar, through HTTP"):
            job = client.wait(client.anime(_portrait()))
            (out / "anime.png").write_bytes(client.result(job))
        rows.extend(_stages(job))
        _again(client, rows)


def _again(client: Client, rows: Rows) -> None:
    """The same person in another garment: what a second try costs."""
    with _timed(rows, "second garment, same person"):
        client.wait(client.tryon(PERSON, "check-shirt"))


def _stages(job: Job) -> Rows:
    return [(f"    {stage}", ms / 1000) for stage, ms in job["timings"].items()]


def _portrait() -> bytes:
    """A portrait in the public domain, out of scikit-image's wheel: NASA's Eileen Collins."""
    from PIL import Image
    from skimage.data import astronaut

    data = BytesIO()
    Image.fromarray(astronaut()).save(data, "PNG")
    return data.getvalue()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _service(port: int, log: Path, rows: Rows) -> Iterator[None]:
    command = [sys.executable, "-m", "serve_app", "serve", "--port", str(port)]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT)
        try:
            with _timed(rows, "service starts"):
                _wait_until_ready(process, port, log)
            yield
        finally:
            with _timed(rows, "service stops"):
                _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import httpx

    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the service ended at its start; see {log}")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.25)
    raise RuntimeError(f"the service was not ready within {_START_SECONDS} s; see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def _timed(rows: Rows, name: str) -> Iterator[None]:
    begun = time.perf_counter()
    index = len(rows)
    rows.append((name, 0.0))
    yield
    rows[index] = (name, time.perf_counter() - begun)


def _print_table(rows: Rows) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("stage", "seconds")
    table.columns[1].justify = "right"
    for name, seconds in rows:
        table.add_row(name, f"{seconds:.2f}")
    Console().print(table)
