"""This person's bones, drawn: what lies on them and what lies off them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.body import ELBOWS, HIPS, SHOULDERS, SIDES, WRISTS
from deployments.tryon.drape.legs import ANKLES, KNEES
from deployments.tryon.drape.scene import Scene
from deployments.types import Joint

ARM_CHAINS = [[SHOULDERS[side], ELBOWS[side], WRISTS[side]] for side in SIDES]
LEG_CHAINS = [[HIPS[side], KNEES[side], ANKLES[side]] for side in SIDES]
CHAINS = [
    [Joint.NOSE, Joint.NECK, Joint.MID_HIP],
    *ARM_CHAINS,
    *([SHOULDERS[side], *leg] for side, leg in zip(SIDES, LEG_CHAINS, strict=True)),
]


def bones(scene: Scene, width: int, chains: list[list[Joint]] = CHAINS) -> NDArray[np.uint8]:
    """1 on this person's arms, spine, neck and legs, or on some of these: lines of `width` px."""
    drawn = np.zeros(scene.size, np.uint8)
    for chain in chains:
        seen = [spot for joint in chain if (spot := scene.joint(joint)) is not None]
        line = np.round(np.array(seen, np.float32)).astype(np.int32).reshape(-1, 1, 2)
        if len(line):
            cv2.polylines(drawn, [line], False, (1,), width)
    return drawn
