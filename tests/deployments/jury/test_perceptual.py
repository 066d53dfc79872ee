"""What is not installed, or has no weights, is said and never counted as nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deployments.jury import perceptual

PICTURE = np.zeros((64, 48, 3), np.uint8)


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(perceptual, "find_spec", lambda name: name)
    assert perceptual.LPIPS_WEIGHTS in perceptual.lpips_missing()
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "hub" / "checkpoints" / perceptual.LPIPS_WEIGHTS).touch()
    assert perceptual.lpips_missing() == ""


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptual, "find_spec", lambda name: None if "fidelity" in name else name)
    assert "torch_fidelity not installed" in perceptual.sets_missing()
    monkeypatch.setattr(perceptual, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="torchmetrics not installed"):
        perceptual.Lpips()


def test_few_pictures_have_no_fid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptual, "sets_missing", lambda: "")
    said = perceptual.set_distances([PICTURE] * 3, [PICTURE] * 3)
    assert said == dict.fromkeys(("fid", "kid"), "not available: fewer than 50 pictures")
