"""Fringes along the new outline: a light or dark rim that belongs to neither side."""

from __future__ import annotations

import cv2
import numpy as np

from deployments.jury.colour import lab
from deployments.jury.evidence import Bools, Evidence, Floats, eroded, sample, widened
from deployments.types import Image

FRINGE = 12.0
"""CIELAB distance from which a colour belongs to neither side."""


def edge_halo(evidence: Evidence) -> float | None:
    """The share of the new outline whose colour lies off the way from the colour inside to the
    colour outside, 0 to 1.

    The rim is one pixel in a thousand of the longer side on either side of the outline. The colour
    outside is the mean just beyond it; that inside is the mean, or the nearest colour beyond the
    rim, whichever fits better, since a stripe may end there.
    """
    cloth = evidence.cloth
    if cloth is None or not cloth.any():
        return None
    thin, wide = evidence.reach(0.001), evidence.reach(0.008)
    rim = widened(cloth, thin) & ~eroded(cloth, thin)
    inner = eroded(cloth, 2 * thin)
    outer = ~widened(cloth, 2 * thin)
    outside = lab(sample(_spread(evidence.result, outer, wide), rim))
    here = lab(sample(evidence.result, rim))
    beside = (_spread(evidence.result, inner, wide), _nearest(evidence.result, inner))
    apart = [off_the_way(here, lab(sample(inside, rim)), outside) for inside in beside]
    return float((np.minimum(*apart) > FRINGE).mean())


def _spread(image: Image, mask: Bools, reach: int) -> Floats:
    """At every pixel the mean colour of the mask's pixels near it."""
    weight = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), reach / 2)
    colour = cv2.GaussianBlur(image * mask[..., None].astype(np.float32), (0, 0), reach / 2)
    return np.asarray(colour / np.maximum(weight, 1e-4)[..., None], np.float32)


def _nearest(image: Image, mask: Bools) -> Image:
    """At every pixel the colour of the mask's pixel nearest to it; the picture for no mask."""
    if not mask.any():
        return image
    label = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    colours = np.zeros((int(label.max()) + 1, 3), np.uint8)
    colours[label[mask]] = image[mask]
    return np.asarray(colours[label], np.uint8)


def off_the_way(colours: Floats, start: Floats, end: Floats) -> Floats:
    """Distance of each colour (N×3) to the straight way between two others."""
    way = end - start
    length = np.maximum((way**2).sum(axis=1), 1e-6)
    share = np.clip(((colours - start) * way).sum(axis=1) / length, 0, 1)
    return np.asarray(np.linalg.norm(colours - start - share[:, None] * way, axis=1), np.float64)
