"""Rows and columns that hold a part of a picture: most of what is drawn is far smaller than it."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Floats

Box: TypeAlias = tuple[slice, slice]
"""Rows and columns, each from a start to before a stop."""
EVERYTHING: Box = (slice(None), slice(None))
STEP = 8
"""Boxes that are worked in begin and end at multiples of this, where a wide blur's reduced copy
has its cells (`raster.blur`), so that it comes out the same as in the whole picture."""


def bounds(cover: Floats | NDArray[np.uint8]) -> Box | None:
    """What holds all that is more than 0, None where there is nothing."""
    left, top, width, height = cv2.boundingRect((cover > 0).view(np.uint8))
    return (slice(top, top + height), slice(left, left + width)) if width else None


def around(boxes: list[Box | None], margin: float, size: tuple[int, ...]) -> Box:
    """What holds all the boxes with a margin, in a picture of this size (height, width); its first
    corner where there is no box at all."""
    there = [box for box in boxes if box is not None] or [(slice(0, STEP), slice(0, STEP))]
    sides = []
    for axis in (0, 1):
        start = min(box[axis].start for box in there) - margin
        stop = max(box[axis].stop for box in there) + margin
        first, last = int(start // STEP) * STEP, -int(-stop // STEP) * STEP
        sides.append(slice(max(first, 0), min(last, size[axis])))
    return sides[0], sides[1]


def inside(box: Box, outer: Box) -> Box:
    """The box as seen from an outer one that holds it."""
    return _moved(box[0], -(outer[0].start or 0)), _moved(box[1], -(outer[1].start or 0))


def outside(box: Box, outer: Box) -> Box:
    """A box that is seen from an outer one, as seen from the whole picture."""
    return _moved(box[0], outer[0].start or 0), _moved(box[1], outer[1].start or 0)


def _moved(side: slice, by: int) -> slice:
    return slice(side.start + by, side.stop + by)


def magnified(box: Box, factor: float) -> Box:
    """A box of a reduced grid in a picture that is larger by this factor."""
    rows, columns = (
        slice(int(side.start * factor), -int(-side.stop * factor // 1)) for side in box
    )
    return rows, columns
