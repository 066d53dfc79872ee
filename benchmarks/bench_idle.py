"""The service at rest: how soon it is ready, and the memory that it holds.

Memory is the sum of what each process has for itself alone (USS): what processes share is not
counted over and over, as it would be with RSS.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

BAR_MEGABYTES = 2500
_START_SECONDS = 300


def main() -> None:
    """Start the service in an empty data folder, wait, measure, stop it."""
    with tempfile.TemporaryDirectory(prefix="fr", dir="/tmp") as folder:
        port = _free_port()
        begun = time.perf_counter()
        process = _start(Path(folder), port)
        try:
            _wait(process, port)
            print(f"ready after {time.perf_counter() - begun:.1f} s")
            time.sleep(5)
            _tell(psutil.Process(process.pid))
            print(f"an empty answer takes {_round_trip(port):.1f} ms")
        finally:
            begun = time.perf_counter()
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=120)
            print(f"stopped after {time.perf_counter() - begun:.1f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "RAY_TMPDIR": str(folder),
        "RAY_AUTH_MODE": "disabled",
        "FITTING_ROOM_DATA_DIR": str(folder / "data"),
    }
    command = [sys.executable, "-m", "serve_app", "serve", "--port", str(port)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the service did not become ready")


def _tell(root: psutil.Process) -> None:
    rows = sorted(_memory([root, *root.children(recursive=True)]), reverse=True)
    for megabytes, name in rows[:12]:
        print(f"{megabytes:8.0f} MB  {name}")
    total = sum(megabytes for megabytes, _ in rows)
    print(f"{total:8.0f} MB  in {len(rows)} processes; at most {BAR_MEGABYTES} are wanted")


def _memory(processes: list[psutil.Process]) -> list[tuple[float, str]]:
    found = []
    for process in processes:
        try:
            title = " ".join(process.cmdline())
            found.append((process.memory_full_info().uss / 1e6, title[:70]))
        except psutil.Error:
            continue  # it ended meanwhile
    return found


def _round_trip(port: int) -> float:
    """The median of 50 requests, in ms."""
    times = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(50):
            begun = time.perf_counter()
            client.get("/healthz").raise_for_status()
            times.append(1000 * (time.perf_counter() - begun))
    return sorted(times)[len(times) // 2]


if __name__ == "__main__":
    main()
