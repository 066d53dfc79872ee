"""The README's commands are run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serve_app.clips import video_file

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands(program: str) -> list[str]:
    return [
        line.split("#")[0].strip()
        for block in blocks("sh")
        for line in block.splitlines()
        if line.startswith(program)
    ]


@pytest.fixture
def desk(tmp_path: Path, person_file: Path, garment_file: Path, store: object) -> Path:
    """A folder with the files that the README speaks of."""
    shutil.copy(person_file, tmp_path / "person.jpg")
    shutil.copy(garment_file, tmp_path / "tee.jpg")
    (tmp_path / "clip.mp4").write_bytes(video_file(4))
    return tmp_path


def run(command: list[str], cwd: Path) -> None:
    folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": folder + os.pathsep + os.environ["PATH"]}
    answer = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_there_are_commands_to_run() -> None:
    assert commands("make ") == ["make demo", "make test"]
    assert len(commands("fitting-room ")) >= 6
    assert len(blocks("python")) >= 1


@pytest.mark.parametrize("code", [one for one in blocks("python") if "Client" not in one])
def test_python_block(code: str, desk: Path) -> None:
    run([sys.executable, "-c", code], desk)
    assert (desk / "tryon.png").stat().st_size > 10_000
    assert (desk / "anime.png").stat().st_size > 10_000


@pytest.mark.parametrize("command", commands("fitting-room "))
def test_command(command: str, desk: Path) -> None:
    before = set(desk.rglob("*"))
    run(command.split(), desk)
    assert "doctor" in command or set(desk.rglob("*")) > before


def test_the_demo_leaves_its_pictures(tmp_path: Path, store: object) -> None:
    run(["fitting-room", "demo", "--out", str(tmp_path / "out")], tmp_path)
    assert (tmp_path / "out" / "tryon.png").stat().st_size > 10_000
    assert (tmp_path / "out" / "anime.png").stat().st_size > 10_000


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target
