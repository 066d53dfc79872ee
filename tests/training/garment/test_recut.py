from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.garment.augment import Photo, Pixels
from training.garment.labels import SLEEVES, UNKNOWN
from training.garment.recut import (
    BARE,
    DRESS,
    LONGSLEEVE,
    TSHIRT,
    largest_part,
    recut,
    shortened,
    without_sleeves,
)

MARKS = {
    "neck_left": (125.0, 30.0),
    "neck_right": (75.0, 30.0),
    "neck_front": (100.0, 45.0),
    "shoulder_left": (145.0, 38.0),
    "shoulder_right": (55.0, 38.0),
    "armpit_left": (140.0, 80.0),
    "armpit_right": (60.0, 80.0),
    "hem_left": (140.0, 260.0),
    "hem_right": (60.0, 260.0),
}


def garment() -> Pixels:
    """A long blue garment with sleeves that hang beside it."""
    pixels = np.zeros((300, 200, 4), np.uint8)
    pixels[..., :3] = (30, 40, 200)
    pixels[30:260, 60:140, 3] = 255
    pixels[38:180, 20:56, 3] = 255
    pixels[38:180, 144:180, 3] = 255
    pixels[38:80, 20:180, 3] = 255
    return pixels


def seeds() -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in range(12)]


@pytest.mark.parametrize("rng", seeds())
def test_no_sleeve_is_left(rng: np.random.Generator) -> None:
    alpha = without_sleeves(rng, garment(), MARKS)[..., 3] > 127
    assert not alpha[90:, :50].any()
    assert not alpha[90:, 150:].any()
    assert alpha[130:250, 66:134].all()  # the body stays as it was


@pytest.mark.parametrize("rng", seeds())
def test_straps_still_hold_the_body(rng: np.random.Generator) -> None:
    alpha = without_sleeves(rng, garment(), MARKS)[..., 3] > 127
    for half in (alpha[:, :100], alpha[:, 100:]):
        assert np.flatnonzero(half.any(axis=1))[0] < 50


@pytest.mark.parametrize("rng", seeds())
def test_a_dress_ends_at_the_hips(rng: np.random.Generator) -> None:
    rows = np.flatnonzero((shortened(rng, garment(), MARKS)[..., 3] > 127).any(axis=1))
    length = (rows[-1] - 30) / 80
    assert 1.0 < length < 1.75


def test_a_turned_garment_is_cut_alike() -> None:
    matrix = cv2.getRotationMatrix2D((100.0, 150.0), 90, 1.0)
    matrix[:, 2] += (50, -50)
    size = (300, 200)
    turned = np.asarray(cv2.warpAffine(garment(), matrix, size), np.uint8)
    corners = np.array([[*point, 1.0] for point in MARKS.values()]) @ matrix.T
    marks = {name: (float(x), float(y)) for name, (x, y) in zip(MARKS, corners, strict=True)}
    upright = shortened(np.random.default_rng(0), garment(), MARKS)[..., 3] > 127
    lying = shortened(np.random.default_rng(0), turned, marks)[..., 3] > 127
    assert lying.sum() == pytest.approx(upright.sum(), rel=0.02)


def test_only_the_largest_part_stays() -> None:
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[2:30, 2:30, 3] = 255
    pixels[34:38, 34:38, 3] = 255
    alpha = largest_part(pixels)[..., 3]
    assert alpha[2:30, 2:30].all()
    assert not alpha[34:, 34:].any()


@pytest.mark.parametrize(
    ("category", "sleeve", "becomes"),
    [
        (TSHIRT, SLEEVES.index("short"), (TSHIRT, BARE)),
        (LONGSLEEVE, SLEEVES.index("long"), (TSHIRT, BARE)),
        (DRESS, BARE, (TSHIRT, BARE)),
        (DRESS, SLEEVES.index("long"), (LONGSLEEVE, SLEEVES.index("long"))),
    ],
)
def test_what_a_cut_garment_is_called(category: int, sleeve: int, becomes: tuple[int, int]) -> None:
    photo = Photo(garment(), (category, sleeve, 0, UNKNOWN), masked=True)
    made = recut(np.random.default_rng(0), photo, MARKS, [photo], 96)
    assert made is not None
    assert made.labels[:2] == becomes
    assert made.pixels.shape == (96, 96, 4)
    assert 0.1 < (made.pixels[..., 3] > 127).mean() < 0.9


def test_other_garments_and_unknown_outlines_stay_whole() -> None:
    pants = Photo(garment(), (5, BARE, 0, UNKNOWN), masked=True)
    unknown = Photo(garment(), (TSHIRT, BARE, 0, UNKNOWN), masked=False)
    for photo in (pants, unknown):
        assert recut(np.random.default_rng(0), photo, MARKS, [photo], 96) is None
