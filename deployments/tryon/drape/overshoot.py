"""Labels of clothes that run over the cloth's edge onto a bag, a wall or the street."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.colour_shares import Palette, bins_of, off_usual
from deployments.pieces import Pieces
from deployments.tryon.drape.arrays import Bools
from deployments.tryon.drape.body import Frame
from deployments.tryon.drape.scene import Scene
from deployments.types import Label

RATHER = 6.0
"""How many times more often a colour occurs beside the cloth than in it."""
OTHER_CLOTH = 28.0
"""Colours (CIELAB, lightness at half weight) too far apart to be one cloth in light and shade."""
REACH, BESIDE = 0.3, 0.4
"""Units from the cloth's edge: how far a label may run over it, and what lies beside it."""
LEAST = 0.004
"""Square units of a patch at least."""
LARGEST = 0.2
"""Share of the label above which it is no overshoot but another cloth."""


def overshot(scene: Scene, frame: Frame, cloth: tuple[Label, ...]) -> Bools:
    """Pixels of these labels, at their edge, that have the colours of what lies beside them and
    hardly any of the cloth's own."""
    own, ground = scene.marked(*cloth), scene.marked(Label.BACKGROUND)
    nothing = np.zeros(scene.size, np.bool_)
    reach = max(2.0, REACH * frame.unit)
    inward = cv2.distanceTransform(_padded(own), cv2.DIST_L2, 3)[1:-1, 1:-1]
    outward = cv2.distanceTransform(1 - own.astype(np.uint8), cv2.DIST_L2, 3)
    beside = ground & (outward < BESIDE * frame.unit)
    core = own & (inward > 0.25 * float(inward.max()))
    if min(core.sum(), beside.sum()) < 60:
        return nothing
    bins, lab = bins_of(scene.lab), scene.lab
    odd = Palette.of(bins, beside)(bins) > RATHER * (Palette.of(bins, core)(bins) + 1e-4)
    odd &= off_usual(lab, core) > OTHER_CLOTH
    patches = cv2.morphologyEx(
        (own & odd & (inward < reach)).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    return _joined_to(
        np.asarray(patches, np.uint8), outward_edge=ground, least=LEAST * frame.unit**2, own=own
    )


def _joined_to(patches: NDArray[np.uint8], outward_edge: Bools, least: float, own: Bools) -> Bools:
    """The patches that touch the ground, unless they are so large that they are a cloth."""
    near = cv2.dilate(outward_edge.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    pieces = Pieces.of(patches)
    found = pieces.chosen((pieces.counted(near) > 0) & (pieces.areas >= least))
    return found if found.sum() <= LARGEST * own.sum() else np.zeros_like(found)


def _padded(mask: Bools) -> NDArray[np.uint8]:
    """The picture's edge counts as the cloth's, too."""
    framed = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(framed, np.uint8)
