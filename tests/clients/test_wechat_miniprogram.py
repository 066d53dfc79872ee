"""The mini-program: its types, its package, and every page's logic against the real service."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from serve_app import presets
from serve_app.application import build_app
from serve_app.blobs import FolderBlobs
from serve_app.database import Database
from serve_app.jobs import Jobs
from serve_app.settings import Settings
from tests.live import Live, live
from tests.receiver import receiving
from tests.serve_app.conftest import Clock
from tests.serve_app.routes.conftest import Runner, context_of, serving
from tests.serve_app.test_wechat import SECRET, jscode2session
from weights.store import Store

SOURCE = Path(__file__).parents[2] / "clients" / "wechat-miniprogram"


def _run(folder: Path, *command: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told[-6000:]
    return told


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mini-program compiled, in a folder of its own with the packages that it is checked by."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("needs Node.js: apt-get install nodejs npm")
    folder = tmp_path_factory.mktemp("miniprogram") / "client"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("node_modules", ".test"))
    fetched = subprocess.run(
        ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if fetched.returncode:
        pytest.skip(f"needs the packages of {SOURCE.name}/package.json: {fetched.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def compiled(project: Path) -> Path:
    """Strict types first: what does not compile in WeChat's tool fails here."""
    _run(project, "npm", "run", "--silent", "check")
    _run(project, "npm", "run", "--silent", "build:test")
    return project


@pytest.fixture(scope="module")
def service(store: Store) -> Iterator[Live]:
    """A real service whose WeChat is a server on this machine."""
    with receiving() as wechat:
        wechat.reply = jscode2session
        settings = {
            "FITTING_ROOM_WECHAT_APP_ID": "wx123",
            "FITTING_ROOM_WECHAT_APP_SECRET": SECRET,
            "FITTING_ROOM_WECHAT_URL": f"{wechat.url}/sns/jscode2session",
        }
        with live(Live, store, settings) as running:
            yield running


def test_the_package_is_whole(compiled: Path) -> None:
    told = _run(compiled, "node", "--test", ".test/tests/package.test.js")
    assert "# fail 0" in told


@pytest.mark.cluster
def test_every_page_works_with_the_service(
    compiled: Path, service: Live, person_file: Path, garment_file: Path
) -> None:
    environment = {
        "FITTING_ROOM_URL": service.address,
        "FITTING_ROOM_PERSON": str(person_file),
        "FITTING_ROOM_GARMENT": str(garment_file),
    }
    told = _run(compiled, "node", "--test", ".test/tests/pages.test.js", environment=environment)
    assert "# fail 0" in told
    assert "# pass 0" not in told


@contextmanager
def _working(runner: Runner) -> Iterator[None]:
    """Every job is done as soon as it is there."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            if runner.jobs.every("queued"):
                runner.do()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


def test_terms_and_a_service_that_is_not_there_yet(compiled: Path, tmp_path: Path) -> None:
    """With the application in this process: the operator has terms, and the models are quick."""
    settings = Settings(
        data_dir=tmp_path,
        terms_version="2026-01",
        terms_url="https://fit.example.com/terms",
    )
    database = Database(settings.database)
    database.upgrade()
    clock = Clock()
    blobs = FolderBlobs(settings.pictures)
    jobs = Jobs(database, blobs, settings, clock)
    runner = Runner(jobs, blobs)
    parts = context_of(settings, database, jobs, clock, runner, presets.GALLERY)
    with serving(build_app(parts)) as address, _working(runner):
        environment = {"FITTING_ROOM_URL": address}
        test = ".test/tests/circumstances.test.js"
        told = _run(compiled, "node", "--test", test, environment=environment)
    assert "# fail 0" in told
    assert "# pass 0" not in told
    wanted = [(job.parameters["strength"], job.parameters["eyes"]) for job in jobs.every()]
    assert sorted(wanted) == [(0.6, 0.25), (0.6, 0.25), (1.0, 0.0)]
    database.close()


def test_the_project_file_leads_wechats_tool_to_the_sources() -> None:
    described = json.loads((SOURCE / "project.config.json").read_text())
    assert (SOURCE / described["miniprogramRoot"] / "app.json").is_file()
    assert described["setting"]["useCompilerPlugins"] == ["typescript"]
    assert described["appid"] == "touristappid", "nobody's own AppID is committed"
