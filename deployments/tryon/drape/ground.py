"""What was behind the old garment: the background, and trousers or a skirt carried upwards."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.fill import push_pull
from deployments.tryon.drape.scene import BOTTOMS, Scene
from deployments.types import Label


def fill_background(scene: Scene, body: Body) -> Floats:
    """The background with the person taken out, h×w×3 on the reduced grid."""
    person = (scene.labels != Label.BACKGROUND).astype(np.uint8)
    size = 2 * max(2, round(0.035 * body.unit)) + 1
    wide = cv2.dilate(person, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    known = (wide == 0).astype(np.float32)
    if known.sum() < 50:
        known = (person == 0).astype(np.float32)
    if known.sum() < 1:
        return scene.small
    return push_pull(scene.small, known)


def fill_bottoms(scene: Scene) -> Floats | None:
    """Trousers or a skirt carried on beyond their edges, None where none show."""
    there = cv2.erode(scene.marked(*BOTTOMS).astype(np.uint8), np.ones((3, 3), np.uint8))
    if there.sum() < 60:
        return None
    return push_pull(scene.small, there.astype(np.float32))
