"""Where a sleeve's cuff is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deployments.garment_shape.outline import resampled, smoothed
from deployments.garment_shape.shaper import GarmentShaper
from deployments.garment_shape.tubes import cuff_corners
from tests.deployments import drawn_garments as drawing
from weights.store import Store


@pytest.mark.parametrize(
    ("corners", "armpit"),
    [
        ([(70, 40), (50, 70)], (0, 70)),  # the upper corner alone is the sharper one
        ([(60, 25), (45, 75)], (33, 68)),
        ([(40, 20), (25, 70)], (13, 68)),
    ],
)
def test_a_cuff_has_two_corners(corners: list[tuple[int, int]], armpit: tuple[int, int]) -> None:
    line = np.array([(0, 0), *corners, armpit], np.float64)
    chain = smoothed(resampled(line, 1.0), 2.0)
    found = [chain[index] for index in cuff_corners(chain)]
    assert np.linalg.norm(np.array(found) - corners, axis=1).max() < 4


def test_a_balloon_on_a_string_has_an_end_all_the_same() -> None:
    """Between its roots the outline is nowhere as wide as half of the balloon."""
    angle = np.linspace(-np.pi + 0.04, np.pi - 0.04, 400)
    chain = 60 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    first, last = cuff_corners(chain)
    assert 0 <= first < last < len(chain)


CUFFS = [((330, 330), (250, 395)), ((300, 250), (215, 345)), ((230, 210), (216, 352))]
"""Outer and inner corners; of the last, a cap, hardly anything lies between seam and cuff."""


@pytest.mark.parametrize(("outer", "inner"), CUFFS)
def test_a_shape_tells_both_corners_of_its_cuffs(
    tmp_path: Path, outer: tuple[int, int], inner: tuple[int, int]
) -> None:
    marks = {"neck": (90, 130), "armpit": (195, 330)}
    outline = [(0, 122), (45, 124), (90, 130), (205, 180), outer, inner, (195, 330), (190, 500),
               (195, 850), (0, 855)]  # fmt: skip
    garment = drawing.drawn(outline, marks, "top", "short")
    shape = GarmentShaper(Store(tmp_path))(garment.image, garment.mask)
    assert shape.sleeve == "short"
    for tube, side in ((shape.left_tube, 1), (shape.right_tube, -1)):
        assert tube is not None
        assert tube.cuff is not None
        wanted = [(drawing.AXIS + side * x, y) for x, y in (outer, inner)]
        assert np.linalg.norm(tube.cuff - wanted, axis=1).max() < 14
