"""Where loose hair ends and the top under it begins."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.colour_shares import Palette, bins_of
from deployments.grabcut import grabcut
from deployments.pieces import Pieces
from deployments.tryon.drape.arrays import Bools
from deployments.tryon.drape.body import Frame
from deployments.tryon.drape.box import around, bounds
from deployments.tryon.drape.scene import TOPS, Scene
from deployments.types import Label

INTO_HAIR, INTO_TOP = 0.12, 0.06
"""Units from their common edge within which what is called hair, and what is called a top, may be
the other."""
BESIDE = 0.35
"""Units from the edge within which the colours of both are looked at."""
RATHER_HAIR, OFTEN = 3.0, 2e-3
"""How many times more often a colour occurs in the hair than in the top, and how often at least."""
LEAST = 80
"""Pixels of the reduced grid that tell colours."""
TOO_ALIKE = 0.45
"""Share of their colours in common above which hair and cloth cannot be told apart."""
MOST_LOST = 0.3
"""Share of the hair in question that may turn out to be cloth; where it is more, the hair has other
colours down there than on the head."""
LEAST_TOUCH = 1.0
"""Pixels of the top beside a patch, for one along its side if it were square."""


def settled(scene: Scene, frame: Frame) -> NDArray[np.uint8]:
    """The labels (h×w) with the edge between hair and the old top drawn anew by their colours:
    GrabCut in a band along it. As they were where hair and cloth look alike."""
    hair, top = scene.marked(Label.HAIR), scene.marked(*TOPS)
    to_hair, to_top = (_distance(part) for part in (hair, top))
    beside = top & (to_hair < BESIDE * frame.unit)
    in_hair = hair & (to_top < INTO_HAIR * frame.unit)
    labels = scene.labels.copy()
    if min(in_hair.sum(), (hair & ~in_hair).sum(), beside.sum()) < LEAST:
        return labels
    curls = _curls(scene, hair & ~in_hair, beside, to_hair)
    in_top = top & (to_hair < INTO_TOP * frame.unit) & ~curls
    sure_hair, sure_top = hair & ~in_hair, beside & ~in_top & ~curls
    if sure_top.sum() < LEAST or _alike(scene, sure_hair, sure_top):
        return labels
    seeds = np.full(scene.size, cv2.GC_BGD, np.uint8)
    seeds[sure_hair] = cv2.GC_FGD
    seeds[in_hair | curls] = cv2.GC_PR_FGD
    seeds[in_top] = cv2.GC_PR_BGD
    box = around([bounds((in_hair | beside).view(np.uint8))], 0.2 * frame.unit, scene.size)
    found = np.zeros(scene.size, np.bool_)
    picture = np.clip(scene.small[box], 0, 255).astype(np.uint8)
    found[box] = cv2.medianBlur(grabcut(picture, seeds[box]), 3) > 0
    lost = in_hair & ~found
    if lost.sum() > MOST_LOST * in_hair.sum():
        return labels
    labels[_under(lost, hair, top)] = np.bincount(labels[sure_top]).argmax()
    labels[(in_top | curls) & found] = Label.HAIR
    return labels


def _curls(scene: Scene, hair: Bools, top: Bools, to_hair: NDArray[np.float32]) -> Bools:
    """What hangs on from the hair over the top and has its colours, whatever it is called."""
    bins = bins_of(scene.lab)
    strands, cloth = (Palette.of(bins, where)(bins) for where in (hair, top))
    like = (top & (strands > RATHER_HAIR * cloth) & (strands > OFTEN)).astype(np.uint8)
    patches = cv2.morphologyEx(like, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    pieces = Pieces.of(np.asarray(patches, np.uint8))
    return pieces.chosen(pieces.counted(np.asarray(to_hair < 2.5)) > 0)


def _under(lost: Bools, hair: Bools, top: Bools) -> Bools:
    """The patches that lie between hair and top and touch little else: no earrings."""
    pieces = Pieces.of(lost, connectivity=4)
    rim = cv2.dilate(pieces.numbers.astype(np.uint16), np.ones((3, 3), np.uint8)) * ~lost
    to_top, to_others = (
        np.bincount(rim[where], minlength=len(pieces) + 1)[1:] for where in (top, ~(top | hair))
    )
    touching = to_top > LEAST_TOUCH * pieces.areas**0.5
    return pieces.chosen(touching & (to_others < 0.5 * to_top))


def _distance(mask: Bools) -> NDArray[np.float32]:
    return np.asarray(cv2.distanceTransform(1 - mask.view(np.uint8), cv2.DIST_L2, 3), np.float32)


def _alike(scene: Scene, hair: Bools, top: Bools) -> bool:
    bins = bins_of(scene.lab)
    return Palette.of(bins, hair).shared(Palette.of(bins, top)) > TOO_ALIKE
