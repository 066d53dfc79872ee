"""Larger eyes, as avatars have them: the photo is bent round both before it is drawn."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.anime.plane import Plane, grid, smooth_step
from deployments.types import Image, Joint, Pose, frozen

_LARGEST_GAIN = 1.5
_REACH = 0.62
"""How far from an eye's middle the photo is bent, as a share of the distance between the eyes:
with less the eyelids tear, with more the brows and the nose come along."""
_WIDENESS = 1.25
"""An eye is wider than it is high, and so is what is bent round it."""
_SMALLEST_DISTANCE = 8.0
"""Px between the eyes below which there is nothing to enlarge."""
_SURE = 0.5


def enlarge_eyes(photo: Image, pose: Pose, amount: float) -> Image:
    """`photo` (H×W×3) with the eyes of `pose` (25×3, px) larger: as they are at `amount` 0, half
    as large again at 1. The same photo where both eyes are not seen."""
    eyes = pose[[Joint.RIGHT_EYE, Joint.LEFT_EYE]]
    distance = float(np.hypot(*(eyes[0, :2] - eyes[1, :2])))
    if amount <= 0 or eyes[:, 2].min() < _SURE or distance < _SMALLEST_DISTANCE:
        return photo
    reach = _REACH * distance
    top, left, box = _box(photo, eyes[:, :2], reach)
    x, y = grid(*box.shape[:2])
    from_x, from_y = x.copy(), y.copy()
    gain = 1 + (_LARGEST_GAIN - 1) * min(amount, 1.0)
    for middle in eyes[:, :2] - (left, top):
        pull_x, pull_y = _pull(x - middle[0], y - middle[1], reach, gain)
        from_x += pull_x
        from_y += pull_y
    changed = photo.copy()
    changed[top : top + box.shape[0], left : left + box.shape[1]] = cv2.remap(
        box, from_x, from_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return frozen(changed)


def _box(photo: Image, middles: Plane, reach: float) -> tuple[int, int, Image]:
    """Top, left and pixels of what is bent at all."""
    margin = reach * _WIDENESS + 2
    low = np.maximum(np.floor(middles.min(axis=0) - margin), 0).astype(int)
    high = np.ceil(middles.max(axis=0) + margin).astype(int)
    return int(low[1]), int(low[0]), photo[low[1] : high[1], low[0] : high[0]]


def _pull(across: Plane, down: Plane, reach: float, gain: float) -> tuple[Plane, Plane]:
    """Where each pixel takes its colour from, relative to itself: towards the eye's middle."""
    away = np.hypot(across / np.float32(_WIDENESS), down) / np.float32(reach)
    share = (1 - 1 / gain) * (1 - smooth_step(np.asarray(away, np.float32), 0.0, 1.0))
    return -across * share, -down * share
