from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.weights.file_server import file_server
from tests.weights.makers import CONTENT, digest, file, model, store
from weights.errors import (
    LicenceNotAllowed,
    UnknownModel,
    WeightsCorrupt,
    WeightsMissing,
    WeightsUnreachable,
)
from weights.manifest import PACKAGE, FileSpec, UrlSource
from weights.store import Store


def test_a_missing_file_names_the_command_that_mends_it(tmp_path: Path) -> None:
    empty = store(tmp_path, model(file()))
    assert not empty.present("thing")
    with pytest.raises(WeightsMissing) as caught:
        empty.path("thing", "thing.bin")
    assert caught.value.hint == "fitting-room weights fetch thing"
    assert pickle.loads(pickle.dumps(caught.value)).hint == caught.value.hint  # noqa: S301


def test_from_a_mirror_under_another_name(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror" / "deep"
    mirror.mkdir(parents=True)
    (mirror / "renamed.dat").write_bytes(CONTENT)
    (mirror / "thing.bin").write_bytes(b"x" * len(CONTENT))
    fetched = store(tmp_path / "root", model(file()), mirror=tmp_path / "mirror")
    fetched.fetch()
    assert fetched.path("thing", "thing.bin").read_bytes() == CONTENT
    assert [found.state for found in fetched.verify()] == ["ok"]


def test_from_a_url_with_progress(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    with file_server({"a.bin": CONTENT}) as served:
        fetched = store(tmp_path, model(file(UrlSource(served.address + "a.bin"))))
        fetched.fetch(report=lambda *progress: seen.append(progress))
        fetched.fetch()
    assert fetched.path("thing", "thing.bin").read_bytes() == CONTENT
    assert seen[-1] == ("thing.bin", len(CONTENT), len(CONTENT))
    assert len(served.ranges) == 1
    assert sorted(path.name for path in (tmp_path / "thing").iterdir()) == ["thing.bin"]


def test_a_cut_line_is_resumed(tmp_path: Path) -> None:
    with file_server({"a.bin": CONTENT}) as served:
        served.cuts = [300_000]
        fetched = store(tmp_path, model(file(UrlSource(served.address + "a.bin"))))
        fetched.fetch()
    assert served.ranges[0] is None
    assert served.ranges[1] is not None
    assert int(served.ranges[1].removeprefix("bytes=").rstrip("-")) > 0
    assert fetched.path("thing", "thing.bin").read_bytes() == CONTENT


def test_a_later_run_resumes_and_a_changed_file_is_begun_anew(tmp_path: Path) -> None:
    with file_server({"a.bin": CONTENT}) as served:
        served.cuts = [200_000, 1, 1, 1]
        spec = model(file(UrlSource(served.address + "a.bin")))
        with pytest.raises(WeightsUnreachable, match=r"a\.bin"):
            store(tmp_path, spec).fetch()
        assert not (tmp_path / "thing" / "thing.bin").exists()
        changed = CONTENT[::-1]
        served.files["a.bin"] = changed
        later = store(tmp_path, model(file(*spec.files[0].sources, content=changed)))
        later.fetch()
        assert served.ranges[-1] is not None
    assert later.path("thing", "thing.bin").read_bytes() == changed


def test_the_wrong_file_is_refused_and_the_next_source_tried(tmp_path: Path) -> None:
    wrong = b"x" * len(CONTENT)
    with file_server({"bad.bin": wrong, "good.bin": CONTENT}) as served:
        bad, good = UrlSource(served.address + "bad.bin"), UrlSource(served.address + "good.bin")
        with pytest.raises(WeightsCorrupt, match=digest(wrong)):
            store(tmp_path, model(file(bad))).fetch()
        assert list((tmp_path / "thing").iterdir()) == []
        mended = store(tmp_path, model(file(bad, good)))
        mended.fetch()
    assert mended.path("thing", "thing.bin").read_bytes() == CONTENT


def test_every_source_is_named_when_none_gives_the_file(tmp_path: Path) -> None:
    with file_server({}) as served:
        spec = model(file(UrlSource(served.address + "gone.bin"), UrlSource("http://127.0.0.1:9/")))
        with pytest.raises(WeightsUnreachable) as caught:
            store(tmp_path / "root", spec, mirror=tmp_path).fetch()
    assert "gone.bin" in caught.value.message
    assert "127.0.0.1:9" in caught.value.message
    assert f"mirror {tmp_path}" in caught.value.message
    assert "FITTING_ROOM_MIRROR" in caught.value.hint


def test_a_damaged_file_is_found_and_fetched_again(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "thing.bin").write_bytes(CONTENT)
    fetched = store(tmp_path / "root", model(file()), mirror=mirror)
    fetched.fetch()
    place = fetched.path("thing", "thing.bin")
    place.write_bytes(b"y" * len(CONTENT))
    assert [found.state for found in fetched.verify(["thing"])] == ["corrupt"]
    fetched.fetch(["thing"])
    assert place.read_bytes() == CONTENT
    place.write_bytes(b"short")
    with pytest.raises(WeightsCorrupt, match="5 bytes"):
        fetched.path("thing", "thing.bin")


def test_the_first_download_of_an_unpublished_hash_is_pinned(tmp_path: Path) -> None:
    with file_server({"a.bin": CONTENT}) as served:
        spec = model(file(UrlSource(served.address + "a.bin"), pinned=False))
        fetched = store(tmp_path, spec)
        fetched.fetch()
        pins = json.loads((tmp_path / "lock.json").read_text())
        assert pins["thing/thing.bin"]["sha256"] == digest(CONTENT)
        fetched.path("thing", "thing.bin").unlink()
        served.files["a.bin"] = CONTENT + b"!"
        with pytest.raises(WeightsCorrupt, match=digest(CONTENT)):
            fetched.fetch()
        served.files["a.bin"] = CONTENT
        fetched.fetch()
    assert [found.state for found in fetched.verify()] == ["ok"]


def test_a_licence_that_forbids_trade_is_let_in_by_hand_alone(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "thing.bin").write_bytes(CONTENT)
    spec = model(file(), commercial_use=False)
    strict = store(tmp_path / "root", spec, mirror=mirror)
    for attempt in (lambda: strict.fetch(["thing"]), lambda: strict.path("thing", "thing.bin")):
        with pytest.raises(LicenceNotAllowed) as caught:
            attempt()
        assert "FITTING_ROOM_LICENCES=any" in caught.value.hint
    free = store(tmp_path / "root", spec, mirror=mirror, licences="any")
    free.fetch()
    assert free.usable("thing")
    assert strict.present("thing")
    assert not strict.usable("thing")


def test_unknown_names(tmp_path: Path) -> None:
    some = store(tmp_path, model(file()))
    with pytest.raises(UnknownModel, match="nobody"):
        some.spec("nobody")
    with pytest.raises(UnknownModel, match=r"thing\.bin"):
        some.path("thing", "other.bin")


def test_bundled_files_lie_in_the_package(tmp_path: Path) -> None:
    spec = model(FileSpec("manifest.toml", bundled=True))
    assert store(tmp_path, spec).path("thing", "manifest.toml") == PACKAGE / "manifest.toml"


def test_settings_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_WEIGHTS_DIR", str(tmp_path))
    monkeypatch.setenv("FITTING_ROOM_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("FITTING_ROOM_LICENCES", "any")
    assert Store.from_environment() == Store(tmp_path, tmp_path / "mirror", "any")
    monkeypatch.setenv("FITTING_ROOM_LICENCES", "some")
    with pytest.raises(ValueError, match="FITTING_ROOM_LICENCES"):
        Store.from_environment()


SCRIPT = """
import sys
from pathlib import Path
from tests.weights.makers import file, model, store
from weights.manifest import UrlSource
store(Path(sys.argv[1]), model(file(UrlSource(sys.argv[2])))).fetch()
"""


def fetching(root: Path, url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SCRIPT, str(root), url]
    return subprocess.Popen(command, cwd=PACKAGE.parent)


def test_two_processes_fetch_once(tmp_path: Path) -> None:
    with file_server({"a.bin": CONTENT}) as served:
        both = [fetching(tmp_path, served.address + "a.bin") for _ in range(2)]
        assert [process.wait(60) for process in both] == [0, 0]
    assert len(served.ranges) == 1
    assert (tmp_path / "thing" / "thing.bin").read_bytes() == CONTENT


def test_a_killed_fetch_leaves_no_half_file(tmp_path: Path) -> None:
    large = CONTENT * 60
    with file_server({"a.bin": large}) as served:
        process = fetching(tmp_path, served.address + "a.bin")
        partial = tmp_path / "thing" / ".thing.bin.part"
        deadline = time.monotonic() + 60
        while not partial.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        process.kill()
        process.wait(60)
    assert not (tmp_path / "thing" / "thing.bin").exists()


def test_weights_lie_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FITTING_ROOM_WEIGHTS_DIR", raising=False)
    monkeypatch.setenv("FITTING_ROOM_DATA_DIR", str(tmp_path))
    assert Store.from_environment().root == tmp_path / "weights"
