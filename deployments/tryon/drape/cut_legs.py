"""Trousers in photos that end above the knees: of what little is there much is called ground. Where
whole legs are seen, what is called ground there is a bag before them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.colour_shares import off_usual
from deployments.grabcut import grabcut
from deployments.tryon.drape.arrays import Bools
from deployments.tryon.drape.body import HIPS, SIDES, Frame
from deployments.tryon.drape.bones import LEG_CHAINS, bones
from deployments.tryon.drape.box import around, bounds
from deployments.tryon.drape.legs import KNEES
from deployments.tryon.drape.scene import BOTTOMS, LEAST_SEEN, Scene
from deployments.types import Label

AT_EDGE = 0.03
"""Share of the photo's height from whose lower edge no knee is believed."""
AROUND = 0.15
"""Shoulder widths round the legs that are asked what ground looks like."""
LOST = 0.1
"""Share of what is seen of the legs' bones below a top that must be called ground."""
ALIKE = 9.8
"""Colours (CIELAB, lightness at half weight) that are surely one cloth."""


def knees_are_seen(scene: Scene) -> bool:
    """Whether a photo shows legs down to the knees. What seems one at its end is a guess."""
    knees = [scene.joint(joint) for joint in KNEES.values()]
    end = (1 - AT_EDGE) * scene.size[0]
    return any(knee is not None and float(knee[1]) < end for knee in knees)


def trousers_called_ground(scene: Scene, frame: Frame) -> Bools:
    """What lies along a leg and looks like the trousers, but is called background."""
    ground, bottoms = scene.marked(Label.BACKGROUND), scene.marked(*BOTTOMS)
    lines, near = (
        _drawn_legs(scene, frame, max(1, round(w * frame.unit))) > 0 for w in (0.02, 0.62)
    )
    outside = ground & ~near
    lost = ground & near
    below_a_top = lines & (ground | bottoms)
    if min(bottoms.sum(), outside.sum(), below_a_top.sum()) < LEAST_SEEN:
        return np.zeros(scene.size, np.bool_)
    if ground[below_a_top].mean() < LOST:
        return np.zeros(scene.size, np.bool_)
    to_cloth = off_usual(scene.lab, bottoms)
    like = lost & (to_cloth < ALIKE) & (to_cloth < 0.6 * off_usual(scene.lab, outside))
    if not like.any():
        return like
    seeds = np.where(lost, cv2.GC_PR_BGD, cv2.GC_BGD).astype(np.uint8)
    seeds[like], seeds[bottoms] = cv2.GC_PR_FGD, cv2.GC_FGD
    box = around([bounds((near | bottoms).view(np.uint8))], AROUND * frame.unit, scene.size)
    found = np.zeros(scene.size, np.bool_)
    found[box] = grabcut(np.clip(scene.small[box], 0, 255).astype(np.uint8), seeds[box]) > 0
    return found & lost


def _drawn_legs(scene: Scene, frame: Frame, width: int) -> NDArray[np.uint8]:
    """1 on the legs' bones, lines of `width` px; of legs that leave the photo above the knees, as
    straight as the spine."""
    drawn = bones(scene, width, LEG_CHAINS)
    for side in SIDES:
        hip = scene.joint(HIPS[side])
        if hip is not None and scene.joint(KNEES[side]) is None:
            line = np.round(np.array([hip, hip + frame.unit * frame.down])).astype(np.int32)
            cv2.polylines(drawn, [line.reshape(-1, 1, 2)], False, (1,), width)
    return drawn
