from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.compose import (
    decontaminated,
    despilled,
    fit_background,
    match_colour,
    panel,
    paste,
    replace_background,
    resize_to_fit,
    unchanged_outside,
)
from deployments.types import Image, Mask, frozen

PERSON = (180, 60, 40)
GREEN = (20, 200, 40)


def noise(height: int, width: int, seed: int) -> Image:
    return frozen(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def soft_disc(size: int = 120) -> Mask:
    y, x = np.mgrid[:size, :size] - size / 2
    return frozen((np.clip(size / 3 - np.hypot(x, y) + 3, 0, 6) / 6 * 255).astype(np.uint8))


def on_green(alpha: Mask) -> Image:
    cover = alpha[..., None] / 255
    return frozen((cover * PERSON + (1 - cover) * GREEN + 0.5).astype(np.uint8))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_paste_leaves_every_byte_outside(height: int, width: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    region = chance.choice(np.array([0, 1, 128, 255], np.uint8), (height, width))
    original, edited = noise(height, width, seed), noise(height, width, seed + 1)
    result = paste(original, edited, region)
    assert unchanged_outside(original, result, region)
    assert (result[region == 255] == edited[region == 255]).all()


def test_a_change_outside_is_noticed() -> None:
    original, region = noise(8, 8, 1), np.zeros((8, 8), np.uint8)
    region[2:4, 2:4] = 255
    changed = original.copy()
    changed[7, 7] ^= 1
    assert not unchanged_outside(original, changed, region)


def test_paste_mixes_by_alpha() -> None:
    black, white = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)
    assert paste(black, white, np.array([[51]], np.uint8)).tolist() == [[[51, 51, 51]]]


def test_paste_refuses_other_sizes() -> None:
    with pytest.raises(ValueError, match="sizes differ"):
        paste(noise(4, 4, 0), noise(4, 5, 0), np.zeros((4, 4), np.uint8))


def test_no_rim_of_the_old_background_is_left() -> None:
    alpha = soft_disc()
    result = replace_background(on_green(alpha), alpha, (255, 255, 255)).astype(int)
    wanted = alpha[..., None] / 255 * PERSON + (1 - alpha[..., None] / 255) * 255
    rim = (alpha > 0) & (alpha < 255)
    # Green that shone through would lower red and blue against the true mixture.
    assert np.abs(result - wanted)[rim].mean() < 6
    assert (result[alpha == 0] == 255).all()


def test_decontaminated_keeps_what_is_fully_covered() -> None:
    alpha = soft_disc()
    picture = on_green(alpha)
    clean = decontaminated(picture, alpha)
    assert (clean[alpha == 255] == picture[alpha == 255]).all()
    half = (alpha > 100) & (alpha < 160)
    assert np.abs(clean[half].astype(int) - PERSON).mean() < 12


def test_a_background_is_cut_about_its_middle_and_never_distorted() -> None:
    wide = np.zeros((50, 200, 3), np.uint8)
    wide[:, 90:110] = 255
    fitted = fit_background(wide, 60, 100)
    assert fitted.shape == (100, 60, 3)
    bright = np.flatnonzero(fitted[50, :, 0] > 127)
    assert (bright.min() + bright.max()) / 2 == pytest.approx(29.5, abs=1)
    assert len(bright) == pytest.approx(40, abs=2)


def test_spill_leaves_the_rim_and_nothing_else() -> None:
    alpha = soft_disc()
    picture = on_green(alpha)
    clean = despilled(picture, alpha, GREEN)
    rim = (alpha > 60) & (alpha < 200)
    greenness = [p[rim, 1].astype(int) - p[rim, 0] for p in (picture, clean)]
    assert greenness[1].mean() < greenness[0].mean() - 15
    assert (clean[50:70, 50:70] == picture[50:70, 50:70]).all()


def test_pictures_shrink_to_fit_and_never_grow() -> None:
    assert resize_to_fit(noise(400, 100, 1), 200).shape == (200, 50, 3)
    small = noise(30, 40, 1)
    assert resize_to_fit(small, 200) is small


def test_colours_are_matched_within_the_region_only() -> None:
    chance = np.random.default_rng(2)
    dark = np.clip(chance.normal(90, 8, (40, 40, 3)), 0, 255).astype(np.uint8)
    light = np.clip(chance.normal(170, 8, (40, 40, 3)), 0, 255).astype(np.uint8)
    region, everything = np.zeros((40, 40), np.uint8), np.full((40, 40), 255, np.uint8)
    region[:20] = 255
    result = match_colour(dark, region, light, everything)
    assert result[:20].mean() == pytest.approx(170, abs=3)
    assert (result[20:] == dark[20:]).all()
    assert (match_colour(dark, region, light, np.zeros_like(region)) == dark).all()


def test_a_panel_shows_every_picture_in_rows() -> None:
    pictures = {f"picture_{i}": np.full((50 + 9 * i, 80, 3), 40 * i, np.uint8) for i in range(5)}
    shown = panel({**pictures, "mask": np.full((64, 48), 200, np.uint8)}, columns=3)
    assert shown.shape[0] % 2 == 0
    assert shown.shape[1] % 3 == 0
    tile = shown.shape[1] // 3
    middle = shown[tile // 2, tile // 2 :: tile]
    assert middle[:3, 0].tolist() == [0, 40, 80]
    assert panel({}).ndim == 3


def test_long_names_stay_inside_their_tile() -> None:
    shown = panel({"a_very_" * 12: np.zeros((10, 10, 3), np.uint8)})
    assert (shown[:, -2:] == 255).all()
