"""One job of hr-viton through the real service at 1024×768, with every preparation.

    python -m benchmarks hr_viton_job

Weights are random: the picture means nothing, and a label map of random networks is as ragged as
maps come, so time and memory are the worst that a photo can ask for. Tells each stage's time, each
model's peak of memory, and whether what came back is what a job must give.
"""

from __future__ import annotations

import io
import os
import pickle
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import PIL.Image
import psutil

from serve_app.client import Client, Job
from tests.live import Live, live, title_of
from weights.store import Store

GALLERY = Path(__file__).parent.parent / "serve_app" / "gallery"
PERSON, GARMENT = GALLERY / "persons/woman-long-hair.jpg", GALLERY / "garments/tshirt-logo.jpg"
JOB_SECONDS = 900
PAUSE = 0.05
TILE = (768 + 4, 1024 + 4)
"""Width and height of one of the panel's twelve pictures with its frame."""


def main() -> None:
    from tests.deployments.tryon.hr_viton.weights import place_random

    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = Store.from_environment()
        place_random(root, store)
        place_densepose(root)
        settings = {"FITTING_ROOM_LICENCES": "any", "FITTING_ROOM_LEASE_SECONDS": "60"}
        with live(Live, replace(store, root=root, licences="any"), settings) as service:
            for name in ("new pictures", "the same again"):
                with watched(service) as peaks:
                    told = one_job(service)
                print(f"\n{name}: {told}")
                for model, bytes_ in sorted(peaks.items(), key=lambda row: -row[1]):
                    print(f"  {model:16} {bytes_ / 2**30:6.2f} GiB at most")


def place_densepose(root: Path) -> None:
    """DensePose's own network, in the form of the model zoo's file."""
    from deployments.densepose.estimator import FILE, MODEL
    from deployments.densepose.network import DensePoseNetwork

    state = DensePoseNetwork().state_dict()
    arrays = {name: tensor.numpy() for name, tensor in state.items()}
    (root / MODEL).mkdir()
    (root / MODEL / FILE).write_bytes(pickle.dumps({"model": arrays}))


def one_job(service: Live) -> str:
    """Sends it, waits, and looks at what came of it. Its line of numbers."""
    begun = time.perf_counter()
    with Client(service.address) as client:
        wishes = {"engine": "hr-viton", "debug": "true", "seed": "3"}
        sent = client.tryon(PERSON.read_bytes(), GARMENT.read_bytes(), **wishes)
        done = client.wait(sent, timeout=JOB_SECONDS)
        seconds = time.perf_counter() - begun
        picture = client.result(done)
        header = {"Authorization": f"Bearer {client.token}"}
        panel = httpx.get(f"{service.address}/v1/jobs/{done['id']}/panel", headers=header)
    assert done["warnings"] == [], "every preparation by its own network"
    return f"{seconds:.1f} s; {checked(picture, panel)}\n  {stages(done)}"


def stages(done: Job) -> str:
    """Seconds of each, as the job tells them."""
    return ", ".join(f"{name} {ms / 1000:.2f}" for name, ms in done["timings"].items())


def checked(picture: bytes, panel: httpx.Response) -> str:
    """That the picture has the photo's size, the body alone differs, and the panel is whole."""
    photo, made = (
        np.asarray(PIL.Image.open(one).convert("RGB")) for one in (PERSON, io.BytesIO(picture))
    )
    assert made.shape == photo.shape, (made.shape, photo.shape)
    changed = (made != photo).any(axis=2)
    assert not changed[: len(changed) // 20].any(), "what is over the head is the photo's"
    size = PIL.Image.open(io.BytesIO(panel.raise_for_status().content)).size
    assert size == (4 * TILE[0], 3 * TILE[1]), size
    return f"{100 * changed.mean():.0f} % of {made.shape[1]}×{made.shape[0]} drawn"


@contextmanager
def watched(service: Live) -> Iterator[dict[str, int]]:
    """The most bytes that each model's process held until the block ends."""
    peaks: dict[str, int] = {}
    over = threading.Event()
    models = {one: _model(one) for one in service.processes("ServeReplica:fitting-room:")}

    def watch() -> None:
        while not over.wait(PAUSE):
            for process, name in models.items():
                peaks[name] = max(peaks.get(name, 0), process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _model(process: psutil.Process) -> str:
    return title_of(process).rpartition("fitting-room:")[2].partition(".")[0].strip()


if __name__ == "__main__":
    main()
