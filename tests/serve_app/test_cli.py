"""The command line as a user types it: real processes, real files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "serve_app", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=cwd
    )


HEAVY = ("ray", "onnxruntime", "cv2", "numpy", "fastapi", "sqlalchemy", "PIL", "torch", "httpx")


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys, serve_app.cli\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_version() -> None:
    assert run("--version").stdout.startswith("fitting-room 0.")


@pytest.mark.parametrize(
    "verb",
    [
        "tryon",
        "anime",
        "parse",
        "pose",
        "mask",
        "weights",
        "serve",
        "demo",
        "doctor",
        "evaluate",
        "db",
        "jobs",
        "tokens",
    ],
)
def test_every_verb_explains_itself(verb: str) -> None:
    answer = run(verb, "--help")
    assert answer.returncode == 0
    assert "Usage" in answer.stdout


def test_a_named_error_is_one_line_with_its_hint(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_text("this is no picture")
    answer = run("anime", str(photo), "-o", str(tmp_path / "out.png"))
    assert answer.returncode == 1
    assert answer.stderr.startswith("Unsupported") or answer.stderr.startswith("ImageUnreadable")
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "out.png").exists()


def test_many_photos_in_one_call(tmp_path: Path, person_file: Path) -> None:
    out = tmp_path / "drawn"
    second = tmp_path / "second.jpg"
    second.write_bytes(person_file.read_bytes())
    answer = run("anime", str(person_file), str(second), "-o", str(out))
    assert answer.returncode == 0, answer.stderr
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [f"{person_file.stem}.png", "second.png"]
    )
