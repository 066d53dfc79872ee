"""The skin beside the old sleeve's rim, which its shadow darkens: it is painted anew too."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.tryon.drape import curves
from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.raster import draw_outline
from deployments.tryon.drape.scene import ARMS, TOPS, Scene

BEFORE, CLEAR, BEYOND = 0.08, 0.025, 0.13
"""Units along an arm: from before the rim on all skin is painted, past it ever less, and none
beyond."""
LEAST = 0.12
"""Units: how much of an arm must be covered, and bare past it, for a rim to be believed."""


def shadowed_skin(scene: Scene, body: Body) -> Floats:
    """h×w: how much of an arm's skin is taken away beside an old sleeve's rim, from 0 to 1."""
    taken = np.zeros(scene.size, np.float32)
    for limb in body.arms.values():
        station = _rim(scene, body, limb)
        if station is not None:
            taken = np.maximum(taken, _zone(scene, body, limb, station))
    return taken * scene.marked(*ARMS)


def _rim(scene: Scene, body: Body, limb: Limb) -> float | None:
    """Arc length on the arm at which the old sleeve ends, None where none ends on it."""
    x, y = np.round(limb.path).astype(int).T
    height, width = scene.size
    there = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
    along = curves.lengths(limb.path)
    skin = np.flatnonzero(scene.marked(*ARMS)[there])
    if not len(skin):
        return None
    first = int(skin[0])
    covered = scene.marked(*TOPS)[there][:first]
    step = float(along[-1]) / max(len(along) - 1, 1)
    least = LEAST * body.unit
    if covered.sum() * step < least or len(skin) * step < least:
        return None
    return float(along[first])


def _zone(scene: Scene, body: Body, limb: Limb, station: float) -> Floats:
    """1 on the arm about the rim, fading towards the hand."""
    start, end = station - BEFORE * body.unit, station + BEYOND * body.unit
    outline = limb.outline(1.6, start / limb.length, min(1.0, end / limb.length))
    middle, ahead = limb.offset(
        np.array([station, station + 2], np.float32), np.zeros(2, np.float32)
    )
    along = (ahead - middle) / max(float(np.linalg.norm(ahead - middle)), 1e-3)
    y, x = np.mgrid[: scene.size[0], : scene.size[1]].astype(np.float32)
    past = (np.stack([x, y], axis=-1) - middle) @ along / body.unit
    fade = np.clip((BEYOND - past) / (BEYOND - CLEAR), 0, 1)
    smooth = fade * fade * (3 - 2 * fade)
    inside = draw_outline(outline, *scene.size)
    return np.asarray(cv2.GaussianBlur(inside * smooth, (0, 0), 1.0), np.float32)
