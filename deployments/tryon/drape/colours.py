"""The garment's colours made ready to be sampled, without the ground it was photographed on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.tryon.drape.arrays import Bools, Floats
from deployments.tryon.drape.raster import blur, tripled
from deployments.types import Image, Mask

Indices = NDArray[np.int64]
REFLECTED = 0.15
"""Share of the picture's longer side by which cloth is looked for outside of it: what lies farther
out has the nearest cloth's colour."""
COLOURFUL = 22.0
"""Chroma (Lab) of a ground that is told from cloth by its colour alone."""


def spread_colours(picture: Image, mask: Mask, inset: int) -> Image:
    """The garment's picture with its own cloth carried on past its edge.

    The outermost `inset` px are mixed with the ground they were photographed on, and a mask may
    have closed a narrow gap, so what looks like the ground near the edge is replaced as well.
    What lies outside shows what lies as far inside, so that a pattern goes on; where that is no
    cloth, the cloth nearest to it.
    """
    inside = mask > 127
    size = 2 * inset + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    sure = (cv2.erode(mask, kernel) > 127) & ~_like_the_ground(picture, inside, inset)
    sure &= ~_enclosed_ground(picture, inside)
    if not sure.any():
        sure = inside
    if not sure.any():
        return picture
    pixels = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA).view(np.uint32)[..., 0]  # one number each
    spread = pixels.ravel()[_inward(sure)].reshape(*mask.shape, 1).view(np.uint8)
    return np.asarray(cv2.cvtColor(spread, cv2.COLOR_RGBA2RGB), np.uint8)


def _inward(sure: Bools) -> Indices:
    """For each pixel the index of one that is `sure`: its own, that of its mirror image in the
    edge, of which what lies far outside takes one nearer to the edge, or the nearest."""
    away, label = cv2.distanceTransformWithLabels(
        np.where(sure, 0, 255).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    own = np.flatnonzero(sure)
    nearest = np.zeros(int(label.max()) + 1, np.int64)
    nearest[label.ravel()[own]] = own
    found: Indices = nearest[label.ravel()]
    height, width = sure.shape
    outside = np.flatnonzero(~sure & (away < REFLECTED * max(sure.shape)))
    edge = np.array(np.divmod(found[outside], width))
    inward = edge - np.array(np.divmod(outside, width))
    for share in (0.5, 1.0):
        place = edge + np.round(share * inward).astype(np.int64)
        within = ((place >= 0) & (place < np.array([[height], [width]]))).all(axis=0)
        index = np.where(within, place[0] * width + place[1], 0)
        kept = within & sure.ravel()[index]
        found[outside[kept]] = index[kept]
    return found


def _enclosed_ground(picture: Image, inside: Bools) -> Bools:
    """Ground that a mask took in between a sleeve and the body: of the colour of what lies round
    the garment, where that is one colour and neither white nor grey, as prints often are."""
    height, width = inside.shape
    factor = max(1, max(height, width) // 256)
    size = (max(1, width // factor), max(1, height // factor))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    cloth = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    ground = cv2.dilate(cloth, np.ones((7, 7), np.uint8)) == 0
    nothing = np.zeros_like(inside)
    if min(ground.sum(), cloth.sum()) < 50:
        return nothing
    usual = np.median(lab[ground], axis=0)
    away = np.linalg.norm((lab - usual) * (0.5, 1, 1), axis=-1)
    spread = float(np.median(away[ground]))
    if float(np.hypot(usual[1], usual[2])) < COLOURFUL or spread > 0.3 * COLOURFUL:
        return nothing
    alike = ((away < 3 * spread + 3) & (cloth > 0)).astype(np.uint8)
    alike = cv2.morphologyEx(alike, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    if not alike.any() or alike.sum() > 0.15 * cloth.sum():
        return nothing
    grown = cv2.dilate(alike, np.ones((7, 7), np.uint8))
    return cv2.resize(grown, (width, height), interpolation=cv2.INTER_NEAREST) > 0


def _like_the_ground(picture: Image, inside: Bools, inset: int) -> Bools:
    """Pixels along the edge that are nearer to the ground's colour than to the cloth's, where the
    cloth is of one colour: a pale stripe on a pale ground is none of them."""
    height, width = inside.shape
    half = (max(1, width // 2), max(1, height // 2))
    small = cv2.resize(picture, half, interpolation=cv2.INTER_AREA).astype(np.float32)
    cloth = cv2.resize(inside.astype(np.uint8), half, interpolation=cv2.INTER_NEAREST)
    reach = np.ones((3, 3), np.uint8)
    deep = cv2.erode(cloth, reach, iterations=3 * inset).astype(np.float32)
    far = 1 - cv2.dilate(cloth, reach, iterations=inset).astype(np.float32)
    means = []
    for weights in (deep, far):
        mass = np.maximum(blur(weights, 5.0 * inset), 1e-3)
        means.append(blur(small * tripled(weights), 5.0 * inset) / tripled(mass))
    apart, to_cloth, to_ground = (
        _lengths(one - other)
        for one, other in ((means[0], means[1]), (small, means[0]), (small, means[1]))
    )
    spread = blur(to_cloth * deep, 5.0 * inset) / np.maximum(blur(deep, 5.0 * inset), 1e-3)
    band = (cloth > 0) & (deep == 0) & (apart > 40) & (spread < 0.3 * apart)
    found = (band & (to_ground < 0.8 * to_cloth)).astype(np.uint8)
    grown = cv2.dilate(found, reach)
    return cv2.resize(grown, (width, height), interpolation=cv2.INTER_NEAREST) > 0


def _lengths(values: Floats) -> Floats:
    """The length of each vector of H×W×3."""
    return np.asarray(cv2.sqrt(cv2.transform(values * values, np.ones((1, 3)))), np.float32)
