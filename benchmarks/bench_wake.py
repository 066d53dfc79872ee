"""How soon an idle system starts a job: from its acceptance to the start of its flow.

The real ingress and two real runners on Ray Serve, with a flow that does nothing, asked over HTTP.
"""

from __future__ import annotations

import io
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import PIL.Image

from deployments.types import Engine, Flow, Image, Outcome, Report

BAR_MS = 50
_JOBS = 60


async def nothing(
    pictures: Mapping[str, Image], parameters: Mapping[str, Any], report: Report
) -> Outcome:
    """Gives back what it was sent."""
    del parameters, report
    return Outcome(pictures["image"], Engine("nothing", "1", "Apache-2.0", commercial_use=True))


def flows(_handles: Mapping[str, Any]) -> dict[str, Flow]:
    """The only flow there is."""
    return {"anime": nothing}


def main() -> None:
    """Start the application, send one job after the other, tell the times, stop it."""
    import ray
    from ray import serve

    with tempfile.TemporaryDirectory(prefix="fr", dir="/tmp") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        os.environ |= {
            "RAY_AUTH_MODE": "disabled",
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_worker_niceness": "0",
            "PYTHONPATH": str(Path(__file__).parent.parent),
        }
        ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, _temp_dir=folder)
        try:
            serve.start(http_options={"host": "127.0.0.1", "port": port})
            serve.run(_application(Path(folder) / "data"), route_prefix="/")
            _tell(_measure(f"http://127.0.0.1:{port}"))
        finally:
            end: list[Callable[[], None]] = [serve.shutdown, ray.shutdown]
            for one in end:
                one()


def _application(folder: Path) -> Any:
    from serve_app.catalogue import Catalogue, Entry
    from serve_app.ingress import Ingress
    from serve_app.runner import Runner
    from serve_app.settings import Settings

    # Looking at the queue is as good as turned off: only the wake-up is left.
    settings = Settings(data_dir=folder, poll_seconds=30, rate_submissions=0)
    style = Entry(name="cel", licence="Apache-2.0", commercial_use=True, available=True)
    runner: Any = Runner
    ingress: Any = Ingress
    bound = runner.options(num_replicas=2).bind(settings, flows, {})
    return ingress.bind(settings, bound, Catalogue(engines=(), styles=(style,)))


def _measure(address: str) -> list[float]:
    """Milliseconds from the acceptance of each job to its start."""
    with httpx.Client(base_url=address, timeout=60) as client:
        token = client.post("/v1/auth/guest").json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        _run(client)  # the first one finds the ways
        return [_run(client) for _ in range(_JOBS)]


def _run(client: httpx.Client) -> float:
    answer = client.post(
        "/v1/anime", files={"image": _photo()}, data={"style": "cel"}, headers={"Prefer": "wait=45"}
    )
    answer.raise_for_status()
    job = answer.json()
    assert job["status"] == "succeeded", job
    time.sleep(0.2)  # idle again
    return 1000 * (_time(job["started_at"]) - _time(job["created_at"]))


def _time(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _photo() -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _tell(took: list[float]) -> None:
    took.sort()
    print(f"accepted → started: p50 {statistics.median(took):.1f} ms, ", end="")
    print(f"p95 {took[int(0.95 * len(took))]:.1f} ms; under {BAR_MS} ms is wanted")


if __name__ == "__main__":
    main()
