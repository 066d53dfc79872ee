"""Hair that comes to light beside the neck where an old collar is taken away."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.fill import push_pull
from deployments.tryon.drape.raster import blur
from deployments.tryon.drape.scene import Scene
from deployments.types import Label

REACH = 0.1
"""Units from the hair that is seen within which more of it lies."""
LEAST_SEEN = 60
"""Pixels of the reduced grid from which its colour can be told."""
IN_SHADE = 0.8
"""Its brightness by that of the hair round it: what lies behind the neck has little light."""


def hair_behind(scene: Scene, body: Body, gap: Bools) -> tuple[Floats, Floats] | None:
    """Colours (h×w×3) and cover (h×w) of the hair in a `gap` (h×w) where otherwise the ground would
    be seen between hair and neck. None where there is nothing of the kind."""
    hair = scene.marked(Label.HAIR) & ~gap
    sure = cv2.erode(hair.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if sure.sum() < LEAST_SEEN:
        return None
    near = cv2.distanceTransform((~hair).view(np.uint8), cv2.DIST_L2, 3) < REACH * body.unit
    found = gap & near & _beside(hair, body)
    if not found.any():
        return None
    colour = push_pull(scene.small, sure.astype(np.float32)) * np.float32(IN_SHADE)
    # Wider than it is: its soft edge must not let the ground through.
    wide = cv2.dilate(found.view(np.uint8), np.ones((5, 5), np.uint8))
    return colour, blur(wide.astype(np.float32), 0.8)


def _beside(hair: Bools, body: Body) -> Bools:
    """Where hair lies farther out in the same row."""
    lateral, _ = body.frame.grid(hair.shape)
    rightwards = np.maximum.accumulate(hair, axis=1)
    leftwards = np.maximum.accumulate(hair[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(np.where(lateral < 0, rightwards, leftwards), np.bool_)
