from __future__ import annotations

import numpy as np
import pytest

from training.parser import augment
from training.parser.labels import IGNORED

Labelled = tuple[augment.Pixels, augment.Pixels]


@pytest.fixture
def labelled() -> Labelled:
    """A person of three flat colours before a wall: hair (1), top (5), trousers (8)."""
    classes = np.zeros((400, 260), np.uint8)
    classes[40:80, 110:150] = 1
    classes[80:200, 90:170] = 5
    classes[200:380, 100:160] = 8
    colours = np.zeros((256, 3), np.uint8)
    colours[[0, 1, 5, 8]] = [(90, 160, 90), (60, 30, 10), (220, 40, 40), (30, 30, 160)]
    photo = colours[classes]
    photo.setflags(write=False)
    classes.setflags(write=False)
    return photo, classes


def test_the_same_seed_gives_the_same_example(labelled: Labelled) -> None:
    first, second, other = (
        augment.sample(np.random.default_rng(seed), labelled, [], (256, 192)) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert (first[0] != other[0]).any()


def test_examples_have_the_asked_size_and_known_classes(labelled: Labelled) -> None:
    rooms = [np.full((120, 90, 3), 77, np.uint8)]
    for seed in range(25):
        rng = np.random.default_rng(seed)
        picture, target = augment.sample(rng, labelled, rooms, (128, 96))
        assert picture.shape == (128, 96, 3)
        assert picture.dtype == np.uint8
        assert target.shape == (64, 48)
        assert set(np.unique(target)) <= {0, 1, 5, 8, IGNORED}
        assert (target == 5).any()


def test_picture_and_classes_move_together(labelled: Labelled) -> None:
    """Warped by the same window, turned and mirrored, the red of the top covers class 5."""
    window = augment.full_window(augment.person_box(labelled[1]), 1.2)
    matrix = augment.window_matrix(window, (256, 192), 9.0, flip=True)
    import cv2

    crop = cv2.warpAffine(labelled[0], matrix, (192, 256), borderValue=augment.PADDING)
    target = cv2.warpAffine(
        labelled[1], augment.coarser(matrix, 2), (96, 128), flags=cv2.INTER_NEAREST, borderValue=255
    )
    red = cv2.resize((crop[..., 0] > 170).astype(np.float32), (96, 128), interpolation=3) > 0.5
    agreement = (red & (target == 5)).sum() / (red | (target == 5)).sum()
    assert agreement > 0.95


def test_windows(labelled: Labelled) -> None:
    box = augment.person_box(labelled[1])
    assert box == pytest.approx((90, 40, 170, 380))
    assert augment.full_window(box, 1.1) == pytest.approx((130, 210, 374))
    x, y, height = augment.half_window(box, 0.5, 0.1)
    assert x == pytest.approx(130)
    assert y + height / 2 == pytest.approx(40 + 170)
    assert y - height / 2 == pytest.approx(40 - 17)


def test_a_window_lands_on_the_crop() -> None:
    matrix = augment.window_matrix((100.0, 60.0, 80.0), (160, 120))
    corners = matrix @ np.array([[69.5, 129.5], [19.5, 99.5], [1, 1]])
    np.testing.assert_allclose(corners, [[-0.5, 119.5], [-0.5, 159.5]], atol=1e-9)
