"""The real service on this machine: started as a user starts it, watched, hurt, and stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import pytest

from tests.ports import free_port
from weights.store import Store

CHECKOUT = Path(__file__).parent.parent
START_SECONDS = 300
_TRIES = 3


def until(condition: Callable[[], bool], seconds: float, what: str, pause: float = 0.02) -> None:
    """Wait for something that is to come true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(pause)


class Live:
    """`fitting-room serve` in a folder of its own, with its data there."""

    module = "serve_app"

    def __init__(self, folder: Path, store: Store, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = _environment(folder, store) | dict(settings)
        self.process: psutil.Popen | None = None

    @property
    def data(self) -> Path:
        """The folder of the database and the pictures."""
        return self.folder / "data"

    def start(self) -> None:
        """Returns when jobs are taken and done. Ray gives up after 30 s of its own start, which a
        busy machine may need: then it is started again, as its message says."""
        for _ in range(_TRIES):
            self._launch()
            until(self._is_ready_or_over, START_SECONDS, "the service is ready", pause=0.1)
            if self._is_running():
                return
            told = (self.folder / "log").read_text()[-2000:]
            if "Ray did not start" not in told:
                break
        pytest.fail(f"the service ended: {told}")

    def _launch(self) -> None:
        command = [sys.executable, "-m", self.module, "serve", "--port", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self.process = psutil.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )

    def processes(self, title: str) -> list[psutil.Process]:
        """Those of the cluster whose command line has these words."""
        assert self.process is not None
        return [one for one in self.process.children(recursive=True) if title in title_of(one)]

    def replica(self, name: str) -> psutil.Process:
        """The process of a deployment's only replica."""
        found = [
            one
            for one in self.processes("ServeReplica:fitting-room:")
            if title_of(one).partition("fitting-room:")[2].partition(".")[0].strip() == name
        ]
        assert len(found) == 1, f"{name}: {[title_of(one) for one in found]}"
        return found[0]

    def kill(self) -> None:
        """Every process of it, at once and without a warning."""
        assert self.process is not None
        family = [self.process, *self.process.children(recursive=True)]
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(family, timeout=30)

    def stop(self) -> list[str]:
        """End it in order; what is left of it all the same is killed and told."""
        if self.process is None:
            return []
        family: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            family = self.process.children(recursive=True)
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=90)
        _, alive = psutil.wait_procs([self.process, *family], timeout=20)
        left = [title_of(one) for one in alive]
        for one in alive:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(alive, timeout=10)
        return left

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`fitting-room WORDS` in the service's environment."""
        return subprocess.run(
            [sys.executable, "-m", "serve_app", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    def _is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _is_ready_or_over(self) -> bool:
        with suppress(httpx.TransportError):
            if httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200:
                return True
        return not self._is_running()


class Small(Live):
    """Takes avatars and nothing else, and starts in a part of the time."""

    module = "tests.small_service"


_Kind = TypeVar("_Kind", bound=Live)


@contextmanager
def live(
    kind: type[_Kind], store: Store, settings: Mapping[str, str] | None = None
) -> Iterator[_Kind]:
    """A service that runs until the block ends. Its folder's path is short because the paths of
    Ray's sockets are limited to 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="fr", dir="/tmp"))
    service = kind(folder, store, settings or {})
    try:
        service.start()
        yield service
    finally:
        left = service.stop()
        shutil.rmtree(folder)
    assert left == []


def title_of(process: psutil.Process) -> str:
    """Its command line; nothing where it has ended."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def _environment(folder: Path, store: Store) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return {
        **kept,
        "PYTHONPATH": str(CHECKOUT),
        "RAY_TMPDIR": str(folder),
        "RAY_AUTH_MODE": "disabled",
        # Ray's workers stand back for all else on the machine by default; a test would wait long.
        "RAY_worker_niceness": "0",
        # Ray's own 30 s are short for a machine that does other things as well.
        "RAY_raylet_start_wait_time_s": "120",
        "FITTING_ROOM_DATA_DIR": str(folder / "data"),
        "FITTING_ROOM_WEIGHTS_DIR": str(store.root),
        "FITTING_ROOM_LEASE_SECONDS": "4",
        "FITTING_ROOM_SWEEP_SECONDS": "0.5",
    }
