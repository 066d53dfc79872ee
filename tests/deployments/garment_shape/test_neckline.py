"""The front edge of a neck opening, and edges that are none."""

from __future__ import annotations

import numpy as np

from deployments.garment_shape.shaper import GarmentShaper
from deployments.types import frozen
from tests.deployments import drawn_garments as drawing

WIDE = [(0.0, 185.0), (100.0, 183.0), (190.0, 130.0), (215.0, 150.0), (330.0, 280.0),
        (250.0, 330.0), (195.0, 290.0), (195.0, 850.0), (0.0, 855.0)]  # fmt: skip
"""Half of a T-shirt with a wide neck."""


def test_a_yokes_seam_below_the_armpits_is_no_front_edge(shaper: GarmentShaper) -> None:
    garment = drawing.drawn(WIDE, {}, "top", "short")
    image = garment.image.copy()
    yoke = (garment.mask > 127) & (np.arange(drawing.HEIGHT)[:, None] < 420)
    image[yoke] = (190, 170, 40)
    shape = shaper(frozen(image), garment.mask, "upper")
    assert shape.landmarks["neck_front"][1] < 330
