"""The crown of a hanger, which stands in a neckline like a collar: the wall is seen through it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.colour_shares import off_usual, to_lab
from deployments.garment_shape.outline import Outline
from deployments.garment_shape.top import TopHalf
from deployments.types import Image

WIDEST = 0.345
"""Half a crown's width by that at the armpits, at most: hoods are wider."""
WALL = 22.0
"""Distance (CIELAB, lightness halved) of a crown's inside from the wall beside it at most."""
RATHER = 0.86
"""The same by its distance from the cloth, at most."""
INSIDE = 0.5
"""Share of a crown's greatest depth from which a place lies inside of its bars."""
CHEST = 0.25
"""Share of the height below the top from which there is nothing but cloth."""

Bools = NDArray[np.bool_]


def is_crown(image: Image, outline: Outline, left: TopHalf, right: TopHalf) -> bool:
    """Whether what stands up between the neck points has the wall's colour, not the garment's."""
    reach = float(left.point("armpit")[0] + right.point("armpit")[0])
    if float(left.point("neck")[0] + right.point("neck")[0]) > WIDEST * reach:
        return False
    crown = _standing(outline, left, right)
    wall, cloth = _beside(crown, outline), _chest(outline)
    depth = cv2.distanceTransform(crown.astype(np.uint8), cv2.DIST_L2, 3)
    inside = crown & (depth > INSIDE * depth.max())
    if min(int(part.sum()) for part in (inside, wall, cloth)) < 5:
        return False
    size = (crown.shape[1], crown.shape[0])
    lab = to_lab(cv2.warpAffine(image, outline.matrix, size).astype(np.float32))
    to_wall, to_cloth = (float(np.median(off_usual(lab, p)[inside])) for p in (wall, cloth))
    return to_wall < min(WALL, RATHER * to_cloth)


def _standing(outline: Outline, left: TopHalf, right: TopHalf) -> Bools:
    """What of the garment lies above the line between the neck points."""
    sides = [half.half.to_frame(half.half.points[: half.neck + 1]) for half in (right, left)]
    ring = np.round(np.vstack([sides[0][::-1], sides[1][1:]])).astype(np.int32)
    filled = cv2.fillPoly(np.zeros_like(outline.mask), [ring], (1,))
    return np.asarray((filled > 0) & (outline.mask > 0))


def _beside(crown: Bools, outline: Outline) -> Bools:
    """The ground near it."""
    _, _, width, _ = cv2.boundingRect(crown.astype(np.uint8))
    near = cv2.dilate(crown.astype(np.uint8), np.ones((2 * max(3, width // 3) + 1,) * 2, np.uint8))
    return np.asarray((near > 0) & (cv2.dilate(outline.mask, np.ones((3, 3), np.uint8)) == 0))


def _chest(outline: Outline) -> Bools:
    width = int(np.ptp(np.flatnonzero(outline.mask.any(axis=0)))) + 1
    core = cv2.erode(outline.mask, np.ones((max(3, width // 12) | 1,) * 2, np.uint8))
    core[: outline.top + int(CHEST * outline.height)] = 0
    return np.asarray(core > 0)
