"""The regression that foretells how cloth lies amiss. Skipped where torch is not installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="pip install 'fitting-room[train]'")

from tests.training.drape.test_flow import SLIP, sample  # noqa: E402
from training.drape import flow, foretold  # noqa: E402
from training.drape.mover import layers  # noqa: E402
from training.drape.train import Pixels  # noqa: E402


def full(seed: int) -> Pixels:
    """Cloth that lies SLIP px too far to the right, with its layers."""
    one = sample(seed, side=128)
    return np.dstack([one, layers(one)])


def test_the_affine_part_of_a_slip_is_the_slip() -> None:
    six = foretold.affine(full(1))
    assert six is not None
    assert six[0] == pytest.approx(SLIP, abs=0.5)
    assert np.abs(six[1:]).max() < 0.7
    bare = full(1)
    bare[..., 13] = 0
    assert foretold.affine(bare) is None


def test_moving_cloth_by_its_slip_brings_it_to_the_truth() -> None:
    right, wrong = np.zeros(6), np.zeros(6)
    right[0], wrong[0] = SLIP, -SLIP
    assert foretold.change(full(2), right) > 0.3
    assert foretold.change(full(2), wrong) < 0.05


def test_what_can_be_seen_is_foretold_and_chance_is_not() -> None:
    rng = np.random.default_rng(4)
    seen = rng.normal(0, 1, (300, 20))
    told = seen @ rng.normal(0, 1, (20, 6))
    ridge = foretold.fitted(seen[:200], told[:200])
    assert foretold.explained(told[200:], ridge(seen[200:])).min() > 0.6
    chance = rng.normal(0, 1, (300, 6))
    ridge = foretold.fitted(seen[:200], chance[:200])
    assert foretold.explained(chance[200:], ridge(seen[200:])).max() < 0.15


def test_the_old_outline_is_no_feature(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = full(3), full(3)
    other[:20, :, 4:6] = 255
    assert np.array_equal(foretold.features(one), foretold.features(other))
    monkeypatch.setattr(foretold, "hide", False)
    assert not np.array_equal(foretold.features(one), foretold.features(other))


def test_it_says_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "train-0.npy", np.stack([sample(k) for k in range(10)]))
    np.save(tmp_path / "validation-0.npy", np.stack([sample(k) for k in range(10, 13)]))
    monkeypatch.setattr(foretold, "samples", str(tmp_path))
    monkeypatch.setattr(flow, "samples", str(tmp_path))
    foretold.main()
    said = capsys.readouterr().out
    assert "3 samples" in said
    assert float(said.split("SSIM ")[1].split()[0]) > 0.2
