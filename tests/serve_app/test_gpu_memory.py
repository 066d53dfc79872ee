from __future__ import annotations

from pathlib import Path

import pytest

from serve_app import gpu_memory


def tool(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


def test_the_memory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, 'echo "0, Some GPU, 81559, 1024, 37"; echo "1, B, 10, 0, [N/A]"', monkeypatch)
    first, second = gpu_memory.read()
    assert (first.name, first.total_mb, first.used_mb, first.load) == ("Some GPU", 81559, 1024, 37)
    assert second.load == 0


@pytest.mark.parametrize("script", ["exit 9", "echo nonsense", "echo a, b, c, d, e"])
def test_a_tool_that_does_not_answer_is_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    tool(tmp_path, script, monkeypatch)
    assert gpu_memory.read() == []


def test_without_the_tool_there_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu_memory.read() == []
