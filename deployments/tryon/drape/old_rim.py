"""The skin beside the old sleeve's rim, which its shadow darkens: it is painted anew too."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.tryon.drape.arrays import Floats
from deployments.tryon.drape.body import HAND_REACH, Body
from deployments.tryon.drape.limb import Limb
from deployments.tryon.drape.raster import draw_outline, ramp
from deployments.tryon.drape.scene import ARMS, TOPS, Scene

BEFORE, CLEAR, BEYOND = 0.08, 0.04, 0.18
"""Units along an arm: from before the rim on all skin is painted, past it ever less, and none
beyond."""
WRIST, WRIST_CLEAR = 0.04, 0.008
"""The same where a long sleeve ends at the hand, which shall stay as it is."""
LEAST = 0.12
"""Units: how much of an arm must be covered for a rim to be believed."""


def shadowed_skin(scene: Scene, body: Body) -> Floats:
    """h×w: how much of an arm's skin is taken away beside an old sleeve's rim, from 0 to 1."""
    taken = np.zeros(scene.size, np.float32)
    for limb in body.arms.values():
        station = _rim(scene, body, limb)
        if station is not None:
            taken = np.maximum(taken, _zone(scene, body, limb, station))
    return taken * scene.marked(*ARMS)


def _rim(scene: Scene, body: Body, limb: Limb) -> float | None:
    """Arc length on the arm, or a little past it, at which the old sleeve ends; None where none
    ends on it."""
    station = np.linspace(0, limb.length + HAND_REACH * body.unit, 120, dtype=np.float32)
    x, y = np.round(limb.offset(station, np.zeros_like(station))).astype(int).T
    height, width = scene.size
    there = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
    skin = np.flatnonzero(scene.marked(*ARMS)[there])
    if not len(skin):
        return None
    first = int(skin[0])
    covered = scene.marked(*TOPS)[there][:first]
    step = float(station[1])
    if covered.sum() * step < LEAST * body.unit or len(skin) < 4:
        return None
    return float(station[first])


def _zone(scene: Scene, body: Body, limb: Limb, station: float) -> Floats:
    """1 on the arm about the rim, fading towards the hand; at the wrist sooner."""
    at_hand = station >= 0.85 * limb.length
    beyond, clear = (WRIST, WRIST_CLEAR) if at_hand else (BEYOND, CLEAR)
    start, end = station - BEFORE * body.unit, station + beyond * body.unit
    outline = limb.outline(1.6, start / limb.length, end / limb.length)
    pair = np.array([station, station + 2], np.float32)
    middle, ahead = limb.offset(pair, np.zeros_like(pair))
    along = (ahead - middle) / max(float(np.linalg.norm(ahead - middle)), 1e-3)
    past = ramp(scene.size, middle, along) / body.unit
    fade = np.clip((beyond - past) / (beyond - clear), 0, 1)
    smooth = fade * fade * (3 - 2 * fade)
    inside = draw_outline(outline, *scene.size)
    return np.asarray(cv2.GaussianBlur(inside * smooth, (0, 0), 1.0), np.float32)
