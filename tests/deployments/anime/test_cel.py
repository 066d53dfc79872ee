from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.anime import CEL, INK, LOOKS, PASTEL, Look
from deployments.anime.cel import paint
from deployments.types import Image, frozen
from tests.deployments.anime.pictures import SHIRT, drawn_face, eyes, plain
from tests.golden import assert_matches_golden


@pytest.fixture
def portrait(person_photo: Image) -> Image:
    """Head and collar of a rendered person."""
    return frozen(person_photo[30:350, 230:530])


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_portrait_looks_as_it_was_found_right(look: Look, portrait: Image) -> None:
    assert_matches_golden(f"anime_{look.name}", paint(portrait, look), tolerance=2.5)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (5, 7), (97, 131), (300, 200)])
def test_every_size_is_answered_in_kind(look: Look, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    painted = paint(frozen(noise), look)
    assert painted.shape == (*shape, 3)
    assert painted.dtype == np.uint8
    assert not painted.flags.writeable


def test_a_very_long_picture_is_painted() -> None:
    strip = np.random.default_rng(0).integers(0, 256, (16, 4000, 3), dtype=np.uint8)
    assert paint(frozen(strip)).shape == (16, 4000, 3)
    assert paint(frozen(strip.transpose(1, 0, 2))).shape == (4000, 16, 3)


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_any_picture_is_painted_twice_alike(height: int, width: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    frozen(picture)
    first = paint(picture)
    assert first.shape == picture.shape
    assert np.array_equal(first, paint(picture))


def test_the_photo_is_left_as_it_was() -> None:
    photo = drawn_face()
    before = photo.copy()
    paint(photo)
    assert np.array_equal(photo, before)


@pytest.mark.parametrize("look", [CEL, PASTEL])
def test_black_stays_dark_and_white_stays_white(look: Look) -> None:
    assert paint(plain(200, 150, (0, 0, 0)), look).max() < 75
    assert paint(plain(200, 150, (255, 255, 255)), look).min() > 245


def test_ink_is_ink_on_paper() -> None:
    assert paint(plain(200, 150, (255, 255, 255)), INK).min() > 235
    assert paint(plain(200, 150, (0, 0, 0)), INK).mean() < 40


def test_grey_stays_grey_in_cel() -> None:
    ramp = np.repeat(np.linspace(0, 255, 240, dtype=np.uint8)[None, :, None], 200, axis=0)
    painted = paint(frozen(np.repeat(ramp, 3, axis=2))).astype(np.int16)
    assert np.ptp(painted, axis=2).max() <= 14


def test_noise_on_a_plain_wall_draws_no_lines() -> None:
    noise = np.random.default_rng(4).normal(0, 4, (400, 300, 3))
    wall = np.clip(np.array([190, 188, 180]) + noise, 0, 255).astype(np.uint8)
    painted = paint(frozen(wall))[8:-8, 8:-8]
    assert painted.min() > 170
    assert painted.std(axis=(0, 1)).max() < 0.4 * wall.std(axis=(0, 1)).min()


def test_cloth_is_flat_and_its_outline_is_drawn() -> None:
    photo = drawn_face(1024, 768)
    painted = paint(photo).astype(np.float32)
    cloth = slice(880, 980), slice(250, 520)
    assert painted[cloth].std(axis=(0, 1)).max() < 1.5
    column = painted[660:720, 384].mean(axis=1)  # from the wall into the shirt
    assert column.min() < np.mean(SHIRT) - 30
    assert column.min() < painted[cloth].mean() - 25


def test_eyes_stay_dark_in_a_light_face() -> None:
    photo = drawn_face(1024, 768)
    painted = paint(photo).astype(np.int16)
    for x, y in eyes(1024, 768):
        assert painted[y, x].mean() < 70
        assert painted[y + 90, x].mean() > 170


def test_blue_cloth_gets_no_duller() -> None:
    photo = drawn_face(1024, 768)
    before, after = (picture[900, 384].astype(np.int16) for picture in (photo, paint(photo)))
    assert np.ptp(after) >= np.ptp(before)
