from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.neckline import drawn
from training.neckline.augment import Neck, blotches, resized, sample, stripes

SIDE = 96


@pytest.fixture
def neck() -> Neck:
    """A black opening in white cloth on a grey ground."""
    picture = np.full((256, 256, 4), 255, np.uint8)
    picture[:20] = (128, 128, 128, 0)
    opening = np.zeros((256, 256), np.uint8)
    opening[30:110, 90:170] = 255
    picture[opening > 0, :3] = 0
    return Neck(picture, opening)


def test_the_same_seed_gives_the_same_example(neck: Neck) -> None:
    first, second, other = (sample(np.random.default_rng(seed), neck, SIDE) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.picture, second.picture)
    np.testing.assert_array_equal(first.opening, second.opening)
    assert (first.picture != other.picture).any()


def test_examples_have_the_asked_sizes(neck: Neck) -> None:
    for seed in range(20):
        example = sample(np.random.default_rng(seed), neck, SIDE)
        assert example.picture.shape == (SIDE, SIDE, 4)
        assert example.opening.shape == (SIDE // 2, SIDE // 2)
        assert example.picture.dtype == example.opening.dtype == np.uint8


def test_the_opening_moves_with_the_picture(neck: Neck) -> None:
    for seed in range(20):
        example = sample(np.random.default_rng(seed), neck, SIDE)
        grey = resized(Neck(example.picture, example.opening), SIDE).picture[::2, ::2, :3].mean(-1)
        inside = example.opening > 200
        cloth = (example.opening == 0) & (example.picture[::2, ::2, 3] > 200)
        assert np.median(grey[inside]) < np.median(grey[cloth])


@pytest.mark.parametrize(
    "made",
    [
        lambda rng: blotches(rng, SIDE),
        lambda rng: stripes(rng, SIDE, checked=False),
        lambda rng: stripes(rng, SIDE, checked=True),
    ],
)
def test_patterns_have_light_and_dark(
    made: Callable[[np.random.Generator], np.ndarray],
) -> None:
    for seed in range(5):
        found = made(np.random.default_rng(seed))
        assert found.shape == (SIDE, SIDE)
        assert np.abs(found).max() <= 1
        assert found.std() > 0.2


def test_drawn_necks_are_repeatable_and_open_within_their_cloth() -> None:
    for seed in range(40):
        one, same = (drawn.neck(np.random.default_rng(seed)) for _ in range(2))
        np.testing.assert_array_equal(one.picture, same.picture)
        assert one.picture.shape == (drawn.SIDE, drawn.SIDE, 4)
        rows, columns = np.nonzero(one.opening)
        assert len(rows) > 100
        assert rows.min() >= drawn.TOP - 2
        assert abs(columns.mean() - drawn.SIDE / 2) < 3
        below = one.picture[rows.max() + 2 :, drawn.SIDE // 2, 3]
        assert (below == 255).all()  # cloth goes on below the front's edge
