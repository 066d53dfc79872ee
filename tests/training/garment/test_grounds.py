from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.garment import grounds


@pytest.mark.parametrize(
    "make", [grounds.plain, grounds.clouds, grounds.stripes, grounds.drawn, grounds.drawn_thing]
)
def test_grounds_fill_their_square_and_repeat(
    make: Callable[[np.random.Generator, int], grounds.Floats],
) -> None:
    one, same, other = (make(np.random.default_rng(seed), 48) for seed in (1, 1, 2))
    assert one.shape == (48, 48, 3)
    assert one.dtype == np.float32
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_a_plain_ground_is_smoother_than_boards() -> None:
    def roughness(ground: grounds.Floats) -> float:
        return float(np.abs(np.diff(ground, axis=0)).max())

    plain = [roughness(grounds.plain(np.random.default_rng(s), 64)) for s in range(8)]
    boards = [roughness(grounds.stripes(np.random.default_rng(s), 64)) for s in range(8)]
    assert max(plain) < np.median(boards)
