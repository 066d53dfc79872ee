"""What was behind the old garment: the background, and trousers or a skirt carried upwards."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.pieces import Pieces
from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.body import Body
from deployments.tryon.drape.box import EVERYTHING, Box
from deployments.tryon.drape.exemplar import continued
from deployments.tryon.drape.fill import push_pull
from deployments.tryon.drape.raster import blur, enlarged, tripled
from deployments.tryon.drape.scene import BOTTOMS, LEAST_SEEN, Scene
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


EDGE_SHADE = 0.03
"""Units at the rim of what is worn below a top, which the top shades, and where it is seen as
often."""
LEAST_PIECE = 0.15
"""Share of the largest piece of what is worn below, under which a piece tells nothing."""


def fill_bottoms(scene: Scene, body: Body) -> Floats | None:
    """Trousers or a skirt carried on beyond their edges, None where none show.

    Above them their folds go on as if mirrored at their upper edge, and then at their lower one.
    """
    size = 2 * max(1, round(EDGE_SHADE * body.unit)) + 1
    worn = cv2.erode(scene.marked(*BOTTOMS).astype(np.uint8), np.ones((size, size), np.uint8))
    if worn.sum() < LEAST_SEEN:
        return None
    pieces = Pieces.of(worn > 0)
    there = pieces.chosen(pieces.areas >= LEAST_PIECE * pieces.areas.max())
    rows = np.arange(scene.size[0])[:, None]
    top = there.argmax(axis=0)
    ended = (rows >= top) & ~there
    depth = np.where(ended.any(axis=0), ended.argmax(axis=0), scene.size[0]) - top
    above = (rows < top) & (depth > 0)
    source = top + _to_and_fro(top - rows - 1, np.maximum(depth, 1))
    carried, (_, across) = scene.small.copy(), np.nonzero(above)
    carried[above] = scene.small[source[above], across]
    return push_pull(carried, (above | there).astype(np.float32))


def _to_and_fro(steps: NDArray[np.intp], depth: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where one is after so many steps in a lane of so many places, turning at either end."""
    around = steps % (2 * depth)
    return np.asarray(np.minimum(around, 2 * depth - 1 - around), np.intp)
