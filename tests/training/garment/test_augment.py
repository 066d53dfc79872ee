from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.garment import augment
from training.garment.labels import NOTHING, UNKNOWN


@pytest.fixture
def photo() -> augment.Photo:
    """A red square on a green ground."""
    pixels = np.zeros((120, 90, 4), np.uint8)
    pixels[..., :3] = (60, 160, 60)
    pixels[40:80, 30:70] = (220, 30, 30, 255)
    pixels.setflags(write=False)
    return augment.Photo(pixels, (0, 1, 0, UNKNOWN), masked=True)


def test_the_same_seed_gives_the_same_example(photo: augment.Photo) -> None:
    first, second, other = (
        augment.garment(np.random.default_rng(seed), photo, [photo], 96) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.picture, second.picture)
    np.testing.assert_array_equal(first.mask, second.mask)
    assert (first.picture != other.picture).any()


def test_examples_have_the_asked_size_and_carry_their_labels(photo: augment.Photo) -> None:
    for seed in range(20):
        example = augment.garment(np.random.default_rng(seed), photo, [photo], 64)
        assert example.picture.shape == (64, 64, 3)
        assert example.picture.dtype == np.uint8
        assert example.mask.shape == (32, 32)
        assert example.mask.max() <= 254
        assert example.labels[:2] == photo.labels[:2]
        assert example.labels[2] in (photo.labels[2], UNKNOWN)  # unknown on mere outlines


def test_the_mask_moves_with_the_picture(photo: augment.Photo) -> None:
    matrix = augment.moved(np.random.default_rng(1), 120, 90, 128, 20)
    found = augment.warped(photo.pixels, matrix, 128, spread=True)
    red = found[..., 0] > 140
    inside = found[..., 3] > 127
    assert (red & inside).sum() / (red | inside).sum() > 0.95


def test_a_photo_without_a_mask_teaches_no_outline(photo: augment.Photo) -> None:
    plain = augment.Photo(photo.pixels, photo.labels, masked=False)
    example = augment.garment(np.random.default_rng(0), plain, [photo], 64)
    assert (example.mask == augment.IGNORED).all()


def test_nothing_is_nothing_everywhere(photo: augment.Photo) -> None:
    pieces = [np.full((50, 70, 3), 90, np.uint8)]
    for seed in range(12):
        example = augment.nothing(np.random.default_rng(seed), pieces, [photo], 64)
        assert example.labels[0] == NOTHING
        assert set(example.labels[1:]) == {UNKNOWN}
        assert not example.mask.any()
        assert example.picture.shape == (64, 64, 3)


def test_a_ground_shows_no_garment(photo: augment.Photo) -> None:
    ground = augment.ground_piece(np.random.default_rng(0), photo, 64)
    assert ground is not None
    assert ground.shape == (64, 64, 3)
    assert not (ground[..., 0] > 140).any()


def test_a_garment_laid_on_a_ground_covers_it() -> None:
    cut = np.zeros((32, 32, 4), np.float32)
    cut[8:24, 8:24] = (200, 100, 50, 255)
    laid = augment.laid(np.random.default_rng(0), cut, np.full((32, 32, 3), 250, np.float32))
    np.testing.assert_allclose(laid[16, 16], (200, 100, 50))
    assert (laid[0, 0] > 180).all()


def test_photos_come_back_from_the_cache(tmp_path: Path, photo: augment.Photo) -> None:
    other = cv2.resize(photo.pixels, (20, 30))
    np.savez(
        tmp_path / "train.npz",
        pixels=np.concatenate([photo.pixels.ravel(), other.ravel()]),
        sizes=np.array([(120, 90), (30, 20)], np.int32),
        known=np.array([(0, 1, 0, UNKNOWN, 1), (7, UNKNOWN, UNKNOWN, 2, 0)], np.int8),
    )
    first, second = augment.load_photos(str(tmp_path / "train.npz"))
    np.testing.assert_array_equal(first.pixels, photo.pixels)
    np.testing.assert_array_equal(second.pixels, other)
    assert (first.labels, first.masked) == (photo.labels, True)
    assert (second.labels, second.masked) == ((7, UNKNOWN, UNKNOWN, 2), False)
