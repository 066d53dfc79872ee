"""What of a mask is the garment's outline, and where an armhole ends in it."""

from __future__ import annotations

import numpy as np
import pytest

from deployments.garment_shape import GarmentShaper
from deployments.garment_shape.outline import upright
from deployments.types import Mask, frozen
from tests.deployments import drawn_garments as drawing
from weights.store import Store


def _with_bar(mask: Mask, left: int, top: int, width: int, bottom: int) -> Mask:
    barred = mask.copy()
    barred[top:bottom, left : left + width] = 255
    return frozen(barred)


def _height(mask: Mask) -> float:
    """Of the outline, in px of the mask's picture."""
    outline = upright(mask)
    return outline.height / float(np.hypot(*outline.matrix[0, :2]))


def test_the_end_of_a_tie_below_a_hem_is_no_part_of_the_outline(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    shirt = drawing.t_shirt()
    tied = _with_bar(shirt.mask, round(drawing.AXIS) - 20, 840, 40, 1000)
    assert _height(tied) == pytest.approx(_height(shirt.mask), rel=0.01)
    shape = GarmentShaper(Store(tmp_path_factory.mktemp("weights")))(shirt.image, tied, "upper")
    for side in ("left", "right"):
        assert shape.landmarks[f"hem_{side}"][1] == pytest.approx(850, abs=0.03 * shirt.width)


def test_a_longer_leg_is_no_tie() -> None:
    garment = drawing.trousers()
    longer = _with_bar(garment.mask, round(drawing.AXIS) + 120, 930, 95, 1000)
    assert _height(longer) > 1.05 * _height(garment.mask)


def test_a_scallop_of_a_hem_is_no_tie() -> None:
    shirt = drawing.t_shirt()
    waved = _with_bar(shirt.mask, round(drawing.AXIS) - 20, 840, 40, 865)
    assert _height(waved) > _height(shirt.mask) + 8


def test_an_armhole_is_no_deeper_than_narrow_shoulders_let_expect(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The hips of a slim dress stick out more than the cloth below its armholes."""
    half = [(0.0, 110.0), (40.0, 108.0), (62.0, 60.0), (100.0, 70.0), (84.0, 140.0), (120.0, 220.0),
            (104.0, 300.0), (205.0, 420.0), (200.0, 960.0), (0.0, 970.0)]  # fmt: skip
    dress = drawing.drawn(half, {}, "dress")
    shaper = GarmentShaper(Store(tmp_path_factory.mktemp("weights")))
    shape = shaper(dress.image, dress.mask, "dress")
    assert shape.sleeve == "none"
    for side, sign in (("left", 1), ("right", -1)):
        found = shape.landmarks[f"armpit_{side}"]
        assert found == pytest.approx((drawing.AXIS + sign * 120, 220), abs=14)
