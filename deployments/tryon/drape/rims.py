"""Labels that run a little over the edge: rims of one thing that are called its neighbour."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.pieces import Pieces
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Frame
from deployments.tryon.drape.bones import ARM_CHAINS, bones
from deployments.tryon.drape.box import Box, around, bounds
from deployments.tryon.drape.fill import near_mean
from deployments.tryon.drape.raster import grown
from deployments.tryon.drape.scene import ARMS, BOTTOMS, LEAST_SEEN, TOPS, Scene
from deployments.types import Label

SEAM = 0.06
"""Units from the old top within which an arm's label may lie on its cloth."""
APART = 8.0
"""Colours (CIELAB, lightness at half weight) of skin and cloth that can be told from each other."""
WAISTBAND, FAR_APART = 0.1, 12.0
"""Units above trousers within which their band may be called a top; colours of both that differ."""
CUFF, A_CUFF, BESIDE_THE_BELLY = 0.3, 0.2, 0.3
"""Units from an arm's bones, from its sleeve and from the spine where more of the sleeve may be."""
NEARER, RATHER = 0.4, 0.6
"""Distances of a colour from one cloth, by that from another, under which it is the first."""
HAIRS = 0.1
"""Units from a top within which its rim may be called hair."""
NEAR = 0.1
"""Units: the sigma of what is near."""
EDGE = 3
"""Px of the reduced grid that a sleeve's edge, mixed with the trousers' colour, is broad."""
CRUMB = 0.01
"""Square units: less of an arm, cut off from it by cloth, is cloth."""
SMALL = np.ones((3, 3), np.uint8)


def seams_called_skin(scene: Scene, frame: Frame) -> Bools:
    """Arm pixels right beside the old top that look like its cloth there, not like the arm there:
    labels run a little over the edge. With the crumbs that would be left of the arm."""
    arms, top = scene.marked(*ARMS), scene.marked(*TOPS)
    beside = grown(top, SEAM * frame.unit)
    skin, cloth = (cv2.erode(m.astype(np.uint8), SMALL) for m in (arms & ~beside, top))
    if min(skin.sum(), cloth.sum()) < LEAST_SEEN:
        return np.zeros_like(arms)
    there, (apart, to_cloth, to_skin) = _between(scene, frame, arms & beside, cloth, skin)
    like = np.zeros_like(arms)
    like[there] = (arms & beside)[there] & (to_cloth < 0.7 * to_skin) & (apart > APART)
    pieces = Pieces.of(top | like)
    found = arms & pieces.chosen(pieces.counted(top) > 0)
    return found | _crumbs(arms & ~found, found, frame)


def waistband_called_top(scene: Scene, frame: Frame) -> Bools:
    """Pixels of a top right beside the trousers or the skirt that look like their cloth there, not
    like the top there."""
    top, bottoms = scene.marked(*TOPS), scene.marked(*BOTTOMS)
    return _looks_like_the_next(scene, frame, top, bottoms, grown(bottoms, WAISTBAND * frame.unit))


def cuffs_called_trousers(scene: Scene, frame: Frame) -> Bools:
    """Pixels of trousers or a skirt round an arm, beside its sleeve, that look like the sleeve
    there, not like the trousers there."""
    top, bottoms = scene.marked(*TOPS), scene.marked(*BOTTOMS)
    lateral, _ = frame.grid(scene.size)
    arms = bones(scene, max(1, round(2 * CUFF * frame.unit)), ARM_CHAINS) > 0
    arms &= np.abs(lateral) > BESIDE_THE_BELLY * frame.unit
    near = arms & grown(top, A_CUFF * frame.unit)
    return _looks_like_the_next(scene, frame, bottoms, top, near, edge=EDGE)


def rim_called_hair(scene: Scene, frame: Frame) -> Bools:
    """Pixels of loose hair right beside the old top that look like its cloth there."""
    top, hair = scene.marked(*TOPS), scene.marked(Label.HAIR)
    near = grown(top, HAIRS * frame.unit)
    return _looks_like_the_next(scene, frame, hair, top, near, likeness=RATHER)


def _looks_like_the_next(
    scene: Scene,
    frame: Frame,
    cloth: Bools,
    other: Bools,
    near: Bools,
    *,
    edge: int = 0,
    likeness: float = NEARER,
) -> Bools:
    """What of a cloth is `near`, joins the other and looks like that there, not like itself (its
    colour's distance from the other is a share of that from itself); with an edge of so many px
    that looks rather like the other."""
    near = cloth & near
    own = cv2.erode((cloth & ~near).astype(np.uint8), SMALL)
    sure = cv2.erode(other.astype(np.uint8), np.ones((5, 5), np.uint8))
    if min(own.sum(), sure.sum(), near.sum()) < LEAST_SEEN:
        return np.zeros_like(near)
    there, (apart, to_own, to_other) = _between(scene, frame, near, own, sure)
    like = near[there] & (to_other < likeness * to_own) & (apart > FAR_APART)
    solid = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, SMALL)
    solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    rim = cv2.dilate(solid, np.ones((2 * edge + 1,) * 2, np.uint8)) > 0
    found = np.zeros_like(near)
    found[there] = near[there] & ((solid > 0) | rim & (to_other < to_own))
    pieces = Pieces.of(other | found)
    return np.asarray(found & pieces.chosen(pieces.counted(other) > 0), np.bool_)


def _between(
    scene: Scene, frame: Frame, near: Bools, one: cv2.typing.MatLike, other: cv2.typing.MatLike
) -> tuple[Box, tuple[Floats, Floats, Floats]]:
    """How far two things' colours near each pixel lie apart, and the pixel's from either's: in a
    box round what is `near`."""
    box = around([bounds(near.view(np.uint8))], 5 * NEAR * frame.unit, scene.size)
    off_one, off_other = (_off_near(scene, sure, frame, box) for sure in (one, other))
    apart, to_one, to_other = (
        np.asarray(np.linalg.norm(off, axis=2), np.float32)
        for off in (off_one - off_other, off_one, off_other)
    )
    return box, (apart, to_one, to_other)


def _off_near(scene: Scene, sure: cv2.typing.MatLike, frame: Frame, box: Box) -> Floats:
    """How each pixel's colour (CIELAB, lightness at half weight) differs from the mean of what is
    `sure` near it, or from its median where there is none near."""
    usual = np.median(scene.lab[sure > 0], axis=0).astype(np.float32)
    known = np.asarray(sure[box], np.float32)
    here = near_mean(scene.lab[box], known, NEAR * frame.unit, usual, 0.02)
    return np.asarray((scene.lab[box] - here) * (0.5, 1, 1), np.float32)


def _crumbs(left: Bools, taken: Bools, frame: Frame) -> Bools:
    """The small pieces of what is left that touch what was taken."""
    pieces = Pieces.of(left)
    touched = cv2.dilate(taken.astype(np.uint8), SMALL) > 0
    small = pieces.areas < CRUMB * frame.unit**2
    return pieces.chosen(small & (pieces.counted(touched) > 0))
