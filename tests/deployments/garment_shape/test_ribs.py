"""A rib of another colour, alike to the inside of the back, belongs to the front."""

from __future__ import annotations

import cv2
import pytest

from deployments.garment_shape import GarmentShaper
from deployments.types import Image
from tests.deployments import drawn_garments as drawing

DARK, CLOTH = (52, 40, 60), (180, 160, 210)


def _shirt(rib: int) -> Image:
    """A T-shirt whose neck's inside is dark, with a dark rib of `rib` px round it."""
    garment = drawing.t_shirt()
    picture = garment.image.copy()
    picture[garment.mask > 127] = CLOTH
    centre = (int(drawing.AXIS), 130)
    cv2.ellipse(picture, centre, (90 + rib, 75 + rib), 0, 0, 360, DARK, -1)
    picture[garment.mask <= 127] = garment.image[garment.mask <= 127]
    return picture


def test_a_dark_rib_is_kept_when_the_inside_is_dark(shaper: GarmentShaper) -> None:
    mask = drawing.t_shirt().mask
    plain = shaper(_shirt(0), mask, "upper").neckline
    ribbed = shaper(_shirt(24), mask, "upper").neckline
    assert plain is not None
    assert ribbed is not None
    lowest = [float(line[:, 1].max()) for line in (plain, ribbed)]
    assert lowest[0] == pytest.approx(205, abs=8)
    assert lowest[1] == pytest.approx(205, abs=14)  # and not at the rib's outside, 229
