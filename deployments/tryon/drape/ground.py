"""What was behind the old garment: the background, and trousers or a skirt carried upwards."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.pieces import Pieces
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.box import EVERYTHING, Box
from deployments.tryon.drape.exemplar import continued
from deployments.tryon.drape.fill import push_pull
from deployments.tryon.drape.raster import blur, enlarged, tripled
from deployments.tryon.drape.scene import BOTTOMS, Scene
from deployments.types import Label

PLAIN, EVEN = 2.5, 16.0
"""Unevenness (0 to 255) from place to place, and spread of the colours all round, below which a
ground is carried on smoothly."""
LEAST_ISLAND = 0.03
"""Square units."""
LEAST_GAP = 12
"""Pixels of the reduced grid."""


def fill_background(
    scene: Scene, body: Body, gap: Bools, seed: int, box: Box = EVERYTHING
) -> Floats:
    """The background with the person taken out, H×W×3 at the photo's full size, in a box of it.

    Where `gap` (h×w on the reduced grid) will be seen it is continued from like places of the photo
    itself, so that walls, leaves and lines go on; a plain ground is carried on smoothly.
    """
    person = (scene.labels != Label.BACKGROUND).astype(np.uint8)
    size = 2 * max(2, round(0.035 * body.unit)) + 1
    wide = cv2.dilate(person, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    known = _broad(wide == 0, LEAST_ISLAND * body.unit**2)
    if known.sum() < 50:
        known = person == 0
    if not known.any():
        return scene.photo[box].astype(np.float32)
    smooth = push_pull(scene.small, known.astype(np.float32))
    carried = enlarged(smooth, scene.full_size, box)
    gap = gap & ~known
    if gap.sum() < LEAST_GAP or _plain(scene, body, known, gap):
        return carried
    offsets = continued(scene.small, known, gap, seed)
    return carried if offsets is None else _copied(scene, carried, offsets, box)


def _broad(ground: Bools, least: float) -> Bools:
    """The ground without islands between an arm and the body that are too small to be believed:
    their edges are cloth as often as not."""
    pieces = Pieces.of(ground, connectivity=4)
    return pieces.chosen(pieces.areas >= least)


def _plain(scene: Scene, body: Body, known: Bools, gap: Bools) -> bool:
    """Whether the background near the gap is smooth, and of one colour all round: a blurred horizon
    is smooth from place to place, yet carried on from above and below it ends in a blot."""
    reach = 2 * max(2, round(0.2 * body.unit)) + 1
    near = cv2.dilate(gap.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    near &= cv2.erode(known.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    if near.sum() < 50:
        return True
    detail = np.abs(scene.small - cv2.GaussianBlur(scene.small, (0, 0), 3.0)).mean(axis=2)
    spread = float(np.std(scene.small[near].mean(axis=1)))
    return float(detail[near].mean()) < PLAIN and spread < EVEN


def _copied(scene: Scene, carried: Floats, offsets: Floats, box: Box) -> Floats:
    """The photo's own pixels from where the offsets point to, in the gap alone."""
    height, width = scene.full_size
    moved = cv2.resize(offsets, (width, height), interpolation=cv2.INTER_NEAREST)[box]
    moved = moved * np.float32(scene.magnification)
    rows, columns = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    copied = cv2.remap(
        scene.photo,
        columns[box[1]] + moved[..., 0],
        rows[box[0]][:, None] + moved[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    there = np.abs(offsets).max(axis=2) > 0
    soft = enlarged(blur(there.astype(np.float32), 0.8), scene.full_size, box)
    return np.asarray(carried + (copied - carried) * tripled(soft), np.float32)


EDGE_SHADE = 3
"""Rows of the reduced grid in which a top shades what is worn below it."""


def fill_bottoms(scene: Scene) -> Floats | None:
    """Trousers or a skirt carried on beyond their edges, None where none show.

    Above them their folds go on as if mirrored at their upper edge.
    """
    there = cv2.erode(scene.marked(*BOTTOMS).astype(np.uint8), np.ones((3, 3), np.uint8))
    if there.sum() < 60:
        return None
    edge = there.argmax(axis=0) + EDGE_SHADE
    rows, columns = np.indices(scene.size, sparse=True)
    mirrored = np.clip(2 * edge - rows, 0, scene.size[0] - 1)
    above = (rows < edge) & (there[mirrored, columns] > 0)
    carried, (_, across) = scene.small.copy(), np.nonzero(above)
    carried[above] = scene.small[mirrored[above], across]
    known = np.where(rows < edge, above, there > 0)
    return push_pull(carried, known.astype(np.float32))
