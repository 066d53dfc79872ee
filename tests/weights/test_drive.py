"""Files on Google Drive, through gdown: here one of the test's own, which asks nobody."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.weights.makers import CONTENT, file, model, store
from weights.errors import WeightsUnreachable
from weights.manifest import DriveSource

PAGE = b"\n<!DOCTYPE html><html>Google Drive - Quota exceeded</html>"


class Drive(ModuleType):
    """Brings `answer`, or fails with it."""

    def __init__(self, answer: bytes | Exception | None) -> None:
        super().__init__("gdown")
        self.answer = answer
        self.asked: list[str] = []

    def download(self, *, id: str, output: str, quiet: bool) -> None:  # noqa: A002
        self.asked.append(id)
        assert quiet
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            Path(output).write_bytes(self.answer)


def placed(monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception | None) -> Drive:
    drive = Drive(answer)
    monkeypatch.setitem(sys.modules, "gdown", drive)
    drive.__spec__ = SimpleNamespace(name="gdown")  # type: ignore[assignment]
    return drive


def test_a_file_is_brought_and_its_hash_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = placed(monkeypatch, CONTENT)
    fetched = store(tmp_path, model(file(DriveSource("abc"), pinned=False)))
    fetched.fetch()
    assert drive.asked == ["abc"]
    assert fetched.path("thing", "thing.bin").read_bytes() == CONTENT
    assert "thing/thing.bin" in (tmp_path / "lock.json").read_text()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (PAGE, "a page instead of the file"),
        (None, "brought nothing"),
        (RuntimeError("too many people"), "too many people"),
    ],
    ids=["page", "nothing", "error"],
)
def test_what_is_no_file_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any, reason: str
) -> None:
    placed(monkeypatch, answer)
    wanted = store(tmp_path, model(file(DriveSource("abc"), pinned=False)))
    with pytest.raises(WeightsUnreachable, match=reason):
        wanted.fetch()
    assert not wanted.present("thing")
    assert not (tmp_path / "lock.json").exists()


def test_without_gdown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    wanted = store(tmp_path, model(file(DriveSource("abc"), pinned=False)))
    with pytest.raises(WeightsUnreachable, match=r"pip install 'fitting-room\[drive\]'"):
        wanted.fetch()
