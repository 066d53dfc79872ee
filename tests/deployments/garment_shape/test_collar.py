"""The front edge of collars that stand up."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from deployments.garment_shape.collar import collar_edge
from deployments.garment_shape.halves import top_halves
from deployments.garment_shape.outline import upright
from deployments.garment_shape.polar import Points
from deployments.types import Image, frozen
from tests.deployments import drawn_garments as drawing

COLLARED = [(0.0, 100.0), (60.0, 100.0), (66.0, 170.0), (200.0, 215.0), (320.0, 370.0),
            (250.0, 430.0), (195.0, 370.0), (195.0, 860.0), (0.0, 862.0)]  # fmt: skip
AXIS = round(drawing.AXIS)


def _edge(image: Image) -> Points | None:
    """In px of the picture."""
    outline = upright(drawing.drawn(COLLARED, {}, "top").mask)
    found = collar_edge(image, outline, *top_halves(outline))
    return None if found is None else outline.to_picture(found).astype(np.float64)


def _with_inside(depth: int) -> Image:
    """The top, the inside of its collar seen `depth` px deep."""
    garment = drawing.drawn(COLLARED, {}, "top")
    image = garment.image.copy()
    cv2.ellipse(image, (AXIS, 100), (56, depth), 0, 0, 180, (12, 20, 45), -1)
    image[garment.mask <= 127] = garment.image[garment.mask <= 127]
    return frozen(image)


@pytest.mark.parametrize("depth", [25, 45])
def test_the_inside_of_a_collar_ends_at_its_front(depth: int) -> None:
    edge = _edge(_with_inside(depth))
    assert edge is not None
    middle = edge[np.abs(edge[:, 0] - AXIS) < 20]
    assert middle[:, 1].max() == pytest.approx(100 + depth, abs=5)


def test_the_edge_goes_down_both_sides_to_the_shoulders() -> None:
    edge = _edge(_with_inside(30))
    assert edge is not None
    assert edge[0] == pytest.approx([AXIS - 66, 170], abs=8)
    assert edge[-1] == pytest.approx([AXIS + 66, 170], abs=8)
    corner = edge[np.abs(edge[:, 0] - (AXIS - 60)) < 6]
    assert corner[:, 1].min() < 108


def test_a_plain_collar_has_no_edge() -> None:
    assert _edge(drawing.drawn(COLLARED, {}, "top").image) is None
