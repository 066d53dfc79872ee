"""`fitting-room gallery`: pairs are rendered once, and again when something changed."""

from __future__ import annotations

import pickle
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import graph
from deployments.types import Engine, Image, Outcome, PersonNotFound
from serve_app.cli import app
from serve_app.commands import gallery
from serve_app.database import Database
from serve_app.settings import Settings
from tests.live import Live
from tests.serve_app.routes.conftest import photo
from weights.errors import WeightsMissing
from weights.store import Store


class Painter:
    """Stands for the models: a grey picture, and nobody in the photo of Bob."""

    def __init__(self, *_: Any) -> None:
        self.calls = 0

    def tryon(self, person: Image, garment: Image, **_: Any) -> Outcome:
        self.calls += 1
        if person.shape[0] == 130:
            raise PersonNotFound("nobody is there", "another photo")
        engine = Engine("drape", "1.1", "Apache-2.0", True)
        return Outcome(np.full((40, 30, 3), 9, np.uint8), engine, category="upper")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, and a folder of presets beside those that come with the service."""
    presets = tmp_path / "presets"
    for name, height in (("persons/ann", 120), ("persons/bob", 130), ("garments/upper/top", 140)):
        (presets / name).parent.mkdir(parents=True, exist_ok=True)
        (presets / f"{name}.png").write_bytes(photo(height, 90, height))
    monkeypatch.setenv("FITTING_ROOM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FITTING_ROOM_GALLERY_DIR", str(presets))
    monkeypatch.setattr(graph, "Studio", Painter)
    return presets


def run(*words: str) -> str:
    answer = CliRunner().invoke(app, ["gallery", *words])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_pair_is_rendered_once(service: Path) -> None:
    some = ("--person", "ann", "--person", "bob", "--garment", "top")
    first = run("render", *some)
    assert "2 pairs, 2 to render with drape" in first
    assert "ann × top: rendered" in first
    assert "bob × top: PersonNotFound" in first
    assert "2 pairs, 1 to render" in run("render", *some)
    assert "2 pairs, 2 to render" in run("render", *some, "--again")

    # Another picture under the same name is another pair; the old one goes when all are looked at.
    (service / "garments/upper/top.png").write_bytes(photo(7, 90, 140))
    assert "2 pairs, 2 to render" in run("render", *some)
    settings = Settings()
    database = Database(settings.database)
    assert len(list(settings.pictures.rglob("*"))) >= 2
    database.close()


def test_the_list_tells_whose_it_is(service: Path) -> None:
    told = run("list")
    assert "woman-long-hair" in told
    assert "Apache-2.0" in told
    assert "ann " in told


def test_without_ray_data_it_is_done_here(service: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    told = run("render", "--person", "ann", "--garment", "top", "--workers", "2")
    assert "No Ray Data here" in told
    assert "ann × top: rendered" in told


def test_a_worker_opens_a_gallery_of_its_own(service: Path) -> None:
    opened = gallery.Gallery("drape", "cuda:0")
    assert opened.parts
    again = pickle.loads(pickle.dumps(opened))  # noqa: S301 - our own
    assert (again.engine, again.device) == ("drape", "cuda:0")
    assert "parts" not in vars(again)


class Lacking(Painter):
    """Stands for a machine without the weights."""

    def tryon(self, person: Image, garment: Image, **_: Any) -> Outcome:
        raise WeightsMissing("blazepose is not here", "fetch it")


def test_what_every_pair_would_meet_stops_all(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "Studio", Lacking)
    words = ["gallery", "render", "--person", "ann", "--garment", "top"]
    answer = CliRunner().invoke(app, words)
    assert isinstance(answer.exception, WeightsMissing)

    worker = gallery._Renderer(gallery.Gallery("drape"))
    told = worker({"person": "ann", "garment": "top", "key": "k"})
    assert told == {
        "name": "ann × top",
        "told": "WeightsMissing: blazepose is not here",
        "stop": True,
        "hint": "fetch it",
    }


@pytest.fixture
def elsewhere(store: Store) -> Iterator[Live]:
    """A service's folder, in which nothing runs, with a photo of nobody."""
    folder = Path(tempfile.mkdtemp(prefix="fr", dir="/tmp"))
    (folder / "presets" / "persons").mkdir(parents=True)
    (folder / "presets" / "persons" / "nobody.png").write_bytes(photo(1, 240, 320))
    yield Live(folder, store, {"FITTING_ROOM_GALLERY_DIR": str(folder / "presets")})
    shutil.rmtree(folder)


@pytest.mark.cluster
@pytest.mark.slow
def test_ray_data_renders_with_two_workers(elsewhere: Live) -> None:
    pytest.importorskip("pyarrow", reason="needs Ray Data: pip install 'fitting-room[data]'")
    people = ("--person", "woman-long-hair", "--person", "nobody")
    words = ("gallery", "render", *people, "--garment", "polo", "--workers", "2")
    done = elsewhere.run(*words)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "2 pairs, 2 to render with drape" in done.stdout
    assert "woman-long-hair × polo: rendered" in done.stdout
    assert "nobody × polo: PersonNotFound" in done.stdout
    assert "2 pairs, 1 to render" in elsewhere.run(*words[:-2]).stdout, "it is known here as well"
