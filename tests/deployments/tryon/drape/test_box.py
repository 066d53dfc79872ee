"""Parts of a picture, worked out alone, come out as in the whole picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deployments.tryon.drape.box import STEP, around, bounds, inside, magnified, outside
from deployments.tryon.drape.raster import draw_mesh, enlarged


def test_bounds_hold_all_that_is_more_than_nothing() -> None:
    cover = np.zeros((40, 60), np.float32)
    assert bounds(cover) is None
    cover[7, 20], cover[30, 55] = 0.01, 1
    assert bounds(cover) == (slice(7, 31), slice(20, 56))


def test_a_box_round_others_keeps_to_the_picture_and_to_its_steps() -> None:
    box = around(
        [None, (slice(30, 40), slice(50, 70)), (slice(35, 60), slice(20, 30))], 5, (62, 90)
    )
    assert box == (slice(24, 62), slice(8, 80))
    assert around([None], 5, (62, 90)) == (slice(0, 2 * STEP), slice(0, 2 * STEP))


def test_a_box_inside_another_and_back() -> None:
    box, outer = (slice(30, 40), slice(50, 70)), (slice(24, 64), slice(48, 80))
    assert inside(box, outer) == (slice(6, 16), slice(2, 22))
    assert outside(inside(box, outer), outer) == box
    assert magnified((slice(3, 5), slice(0, 3)), 2.5) == (slice(7, 13), slice(0, 8))


@pytest.mark.parametrize("size", [(128, 96), (100, 75), (64, 48)])
def test_a_part_is_enlarged_as_the_whole_is(size: tuple[int, int]) -> None:
    values = np.random.default_rng(2).random((64, 48, 2)).astype(np.float32)
    whole = cv2.resize(values, size[::-1], interpolation=cv2.INTER_LINEAR)
    for box in ((slice(0, 9), slice(31, size[1])), (slice(17, 50), slice(8, 40))):
        assert np.allclose(enlarged(values, size, box), whole[box], atol=1e-5)


def test_a_later_row_of_a_mesh_lies_over_an_earlier_one() -> None:
    x, y = np.meshgrid([5.0, 25.0], [5.0, 25.0, 10.0])
    places = np.stack([x, y], axis=-1).astype(np.float32)
    values = np.array([0.0, 1.0, 2.0], np.float32)[:, None, None] * np.ones((1, 2, 1), np.float32)
    drawn, covered = draw_mesh(places, values, 30, 30)
    assert drawn[7, 15, 0] == pytest.approx(0.1, abs=1e-4)
    assert drawn[20, 15, 0] == pytest.approx(1 + 5 / 15, abs=1e-4)
    assert covered.sum() == 21 * 21
