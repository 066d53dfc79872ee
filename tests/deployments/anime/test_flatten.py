from __future__ import annotations

import numpy as np
import pytest

from deployments.anime.flatten import flatten, minimise_gradients, sharpen_borders
from deployments.anime.plane import Plane, resized


def halves(low: float = 30.0, high: float = 70.0) -> Plane:
    """Dark left, light right, no colour."""
    picture = np.zeros((64, 96, 3), np.float32)
    picture[:, :48, 0], picture[:, 48:, 0] = low, high
    return picture


def even(strength: float) -> Plane:
    return np.full((64, 96), strength, np.float32)


def test_noise_goes_and_the_border_stays() -> None:
    noise = np.random.default_rng(1).normal(0, 1.5, (64, 96, 3)).astype(np.float32)
    flat = minimise_gradients(halves() + noise, even(0.004))
    left, right = flat[8:-8, 8:40, 0], flat[8:-8, 56:88, 0]
    assert left.std() < 0.4
    assert right.std() < 0.4
    assert right.mean() - left.mean() == pytest.approx(40, abs=1.5)


def test_the_mean_colour_is_kept() -> None:
    picture = np.random.default_rng(2).uniform(20, 80, (64, 96, 3)).astype(np.float32)
    flat = minimise_gradients(picture, even(0.01))
    assert flat.mean(axis=(0, 1)) == pytest.approx(picture.mean(axis=(0, 1)), abs=2.5)


def test_strength_decides_which_step_stays() -> None:
    faint = halves(48, 54)
    kept = minimise_gradients(faint, even(0.0005))
    gone = minimise_gradients(faint, even(0.05))
    assert np.ptp(kept[32, 20:76, 0]) > 4.5
    assert np.ptp(gone[32, 36:60, 0]) < 3.5


def test_strength_differs_from_place_to_place() -> None:
    stripes = np.zeros((64, 96, 3), np.float32)
    stripes[..., 0] = 50 + 5 * (np.arange(96) // 4 % 2)
    strength = even(0.03)
    strength[:, :48] = 0.0003
    flat = minimise_gradients(stripes, strength)[32, :, 0]
    assert np.ptp(flat[8:40]) > 3 * np.ptp(flat[60:88])


def test_borders_are_set_where_the_photo_has_them() -> None:
    sharp = halves()
    soft = resized(resized(sharp, 32, 48), 64, 96)
    mended = sharpen_borders(soft, sharp)
    assert np.abs(mended - sharp).max() < 0.5 * np.abs(soft - sharp).max()


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 200), (33, 47)])
def test_every_size_is_answered_in_kind(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(3).uniform(0, 90, (*shape, 3)).astype(np.float32)
    flat = flatten(picture, np.full(shape, 0.003, np.float32))
    assert flat.shape == picture.shape
    assert flat.dtype == np.float32
    assert np.isfinite(flat).all()
