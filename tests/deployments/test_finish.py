"""What was drawn, put into the photo: the arithmetic of masks."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.finish import feathered, finished, is_mixed
from deployments.framing import Window
from deployments.types import Engine, Image, Mask, Outcome, frozen

ENGINE = Engine("test", "1", "MIT", commercial_use=True)
WINDOW = Window(6, 8, 48, 64)
PHOTO: Image = frozen(np.random.default_rng(5).integers(0, 256, (96, 72, 3)).astype(np.uint8))
DRAWN: Image = frozen(np.full((64, 48, 3), 200, np.uint8))


def square() -> Mask:
    mask = np.zeros((64, 48), np.uint8)
    mask[20:40, 16:32] = 255
    return mask


def put(edited: Mask | None, keep: bool = True, feather: bool = True) -> Image:
    outcome = Outcome(DRAWN, ENGINE, edited=edited)
    return finished(PHOTO, outcome, WINDOW, keep_background=keep, feather=feather)


def inside(result: Image) -> Image:
    return result[8:72, 6:54]


def test_a_hard_edge_takes_every_pixel_from_one_side() -> None:
    result = put(square(), feather=False)
    wanted = np.where(square()[..., None] > 0, DRAWN, WINDOW.cut(PHOTO))
    assert (inside(result) == wanted).all()
    assert result.shape == PHOTO.shape


def test_a_soft_edge_is_the_mask_s_arithmetic() -> None:
    """64 rows: the reach is 1, so the mask grows by 1 and is averaged over 3×3."""
    alpha = feathered(square())
    assert (alpha[20:40, 16:32] == 255).all()
    assert (alpha[18, 18:30] == 85).all()  # a third of 255, two pixels outside
    assert (alpha[19, 18:30] == 170).all()
    assert not alpha[:18].any()
    assert not alpha[42:].any()
    result = inside(put(square()))
    photo = WINDOW.cut(PHOTO)[19, 20].astype(int)
    assert (result[19, 20] == (200 * 170 + photo * 85 + 127) // 255).all()
    assert (result[30, 20] == 200).all()


def test_what_no_mask_reaches_is_byte_for_byte_the_photo() -> None:
    alpha = np.zeros(PHOTO.shape[:2], np.uint8)
    alpha[8:72, 6:54] = feathered(square())
    changed = (put(square()) != PHOTO).any(axis=2)
    assert changed.any()
    assert not changed[alpha == 0].any()


def test_a_soft_edge_does_not_reach_into_what_is_kept() -> None:
    kept = np.zeros((64, 48), np.uint8)
    kept[:20] = 1
    outcome = Outcome(DRAWN, ENGINE, edited=square(), kept=kept)
    result = inside(finished(PHOTO, outcome, WINDOW, keep_background=True, feather=True))
    free = inside(put(square()))
    assert (result[:20] == WINDOW.cut(PHOTO)[:20]).all()
    assert (free[19, 20] != WINDOW.cut(PHOTO)[19, 20]).any()
    assert (result[20:] == free[20:]).all()


def test_the_edge_grows_with_the_window() -> None:
    mask = np.zeros((640, 480), np.uint8)
    mask[200:400, 160:320] = 255
    reached = np.flatnonzero(feathered(mask)[:, 240])
    assert (reached[0], reached[-1]) == (180, 419)


def test_without_the_background_comes_what_was_drawn() -> None:
    for feather in (True, False):
        assert (put(square(), keep=False, feather=feather) == DRAWN).all()
    assert put(None, keep=False).shape == (64, 48, 3)


def test_what_an_engine_has_mixed_is_not_mixed_again() -> None:
    mixed = np.where(square() > 0, np.uint8(100), np.uint8(0)).astype(np.uint8)
    mixed[30] = 200
    assert is_mixed(mixed)
    assert not is_mixed(square())
    assert (inside(put(mixed)) == DRAWN).all()
    hard = inside(put(mixed, feather=False))
    assert (hard[30] == 200).all()
    assert (hard[:30] == WINDOW.cut(PHOTO)[:30]).all()
    assert (put(mixed, keep=False, feather=False) == hard).all()


@pytest.mark.parametrize("feather", [True, False])
def test_an_engine_that_tells_nothing_is_believed(feather: bool) -> None:
    result = put(None, feather=feather)
    assert (inside(result) == DRAWN).all()
    around = result.copy()
    around[8:72, 6:54] = PHOTO[8:72, 6:54]
    assert (around == PHOTO).all()
