"""A hanger in a garment's outline: its bars, and the wall seen between it and the neckline."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.colour_shares import Palette, bins_of, to_lab
from deployments.pieces import Pieces
from deployments.types import Image

SIDE = 320
"""Px of the longer side at which it is looked for."""
ZONE = 0.3
"""Share of the garment's height, from its top, in which a hanger shows."""
RATHER = 5.0
"""How many times more often a colour occurs in the surroundings than in the garment."""
RARE = 2e-4
"""Share of the garment below which a colour is hardly its own."""
THIN = 0.05
"""Share of the garment's width that a hanger's bar takes at most."""
LEAST_GAP = 0.002
"""Share of the garment that a seen piece of wall takes at least."""
NARROWEST_GAP = 0.14
"""Share of the garment's width below which it is a label, a tag or a fold of the collar."""
SHOULDER = 0.04
"""Share of the garment's width that a shoulder beside a neckline takes at least."""
AXIS = 0.14
"""Share of the garment's width by which a neckline's middle may lie off the garment's."""

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


def without_hanger(solid: Bytes, image: Image) -> Bytes:
    """The shape (H×W, 0 or 1) without the wall seen in its neckline, the bars above that, and bars
    that stick out at its shoulders in another colour than its own."""
    scale = SIDE / max(solid.shape)
    if scale < 1:
        size = max(round(solid.shape[1] * scale), 1), max(round(solid.shape[0] * scale), 1)
        small = np.asarray(cv2.resize(solid * 255, size, interpolation=cv2.INTER_AREA) > 127)
        picture = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        small, picture = solid > 0, image
    foreign = _foreign(small, picture)
    if not foreign.any():
        return solid
    grown = cv2.dilate(foreign.astype(np.uint8) * 255, np.ones((3, 3), np.uint8))
    full = cv2.resize(grown, solid.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(full > 127, 0, solid).astype(np.uint8)


def _foreign(solid: Bools, picture: Image) -> Bools:
    x, y, width, height = cv2.boundingRect(solid.astype(np.uint8))
    core = cv2.erode(solid.astype(np.uint8), _disc(THIN * width)) > 0
    core[: y + int(ZONE * height)] = False
    around = cv2.dilate(solid.astype(np.uint8), _disc(2 * THIN * width)) > 0
    around = np.asarray(around & ~solid, np.bool_)
    around[y + int(2 * ZONE * height) :] = False
    nothing = np.zeros_like(solid)
    if min(int(core.sum()), int(around.sum())) < 60:
        return nothing
    zone = solid.copy()
    zone[y + int(ZONE * height) :] = False
    bins = bins_of(to_lab(picture.astype(np.float32)))
    own, others = (Palette.of(bins, where)(bins) for where in (core, around))
    gap = _gap(zone & (others > RATHER * (own + RARE)), solid, (x, width))
    thin = zone & (cv2.morphologyEx(_bytes(solid), cv2.MORPH_OPEN, _disc(THIN * width)) == 0)
    return gap | _above(gap, solid, THIN * width) | _bars(thin, own < RARE, THIN * width)


def _gap(wall: Bools, solid: Bools, extent: tuple[int, int]) -> Bools:
    """The pieces of wall that reach into the middle, where the neckline is."""
    clean = cv2.morphologyEx(_bytes(wall), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    pieces = Pieces.of(np.asarray(clean, np.uint8), connectivity=4)
    middle = extent[0] + extent[1] / 2
    large = pieces.areas > LEAST_GAP * solid.sum()
    wide = pieces.boxes[:, 2] > NARROWEST_GAP * extent[1]
    on_axis = np.abs(pieces.middles[:, 0] - middle) < AXIS * extent[1]
    found = pieces.chosen(large & wide & on_axis)
    between = found.any() and _between_shoulders(found, solid, wall)
    return found if between else np.zeros_like(found)


def _between_shoulders(piece: Bools, solid: Bools, wall: Bools) -> bool:
    """Whether cloth goes on at both sides of the lower half. Beside a pale yoke none does."""
    rows = np.flatnonzero(piece.any(axis=1))
    lower = rows[len(rows) // 2 :]
    first = piece[lower].argmax(axis=1)
    last = piece.shape[1] - 1 - piece[lower, ::-1].argmax(axis=1)
    columns = np.arange(piece.shape[1])[None]
    cloth = (solid & ~piece & ~wall)[lower]
    left = (cloth & (columns < first[:, None])).sum(axis=1)
    right = (cloth & (columns > last[:, None])).sum(axis=1)
    least = SHOULDER * float(np.ptp(np.flatnonzero(solid.any(axis=0))))
    return bool((np.minimum(left, right) > least).mean() > 0.6)


def _above(gap: Bools, solid: Bools, thickness: float) -> Bools:
    """What lies above a gap, if it is no thicker than a hanger's bar and hook."""
    under = np.flip(np.maximum.accumulate(np.flip(gap, 0), axis=0), 0)
    lying = under & solid & ~gap
    return np.asarray(lying & (lying.sum(axis=0) < 2 * thickness)[None], np.bool_)


def _bars(thin: Bools, strange: Bools, least: float) -> Bools:
    """The thin pieces, at least so long, that have hardly anything of the garment's colours."""
    pieces = Pieces.of(thin)
    odd = pieces.counted(strange) > 0.7 * pieces.areas
    return pieces.chosen(odd & (pieces.boxes[:, 2:].max(axis=1) > least))


def _bytes(mask: Bools) -> Bytes:
    return mask.astype(np.uint8)


def _disc(width: float) -> Bytes:
    side = max(int(width), 2) | 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
