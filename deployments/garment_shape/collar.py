"""The front edge of a collar that stands up, or of a hood, traced by its contrast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import Outline, smoothed
from deployments.garment_shape.polar import (
    ANGLES,
    MIDDLE,
    Floats,
    Points,
    Rays,
    cheapest,
    edge_strength,
)
from deployments.garment_shape.top import TopHalf
from deployments.types import Image

RADII = 72
DEPTH, BEND = 0.08, 0.03
"""The price of depth, since of two edges the inner one is right, and of going up and down."""
CLEAR = 0.6
"""Edge strength (0 to 1) under which no front edge is believed."""
BESIDE = np.array([3, 4, 5, 6])
"""Radii on either side of an edge at which colours are compared."""


def collar_edge(image: Image, outline: Outline, left: TopHalf, right: TopHalf) -> Points | None:
    """The edge from where the collar meets the wearer's right shoulder to the left one, in the
    upright frame; None where none is clear."""
    start, end = (half.half.to_frame(half.point("collar"))[0] for half in (right, left))
    rays = Rays((start, end), RADII)
    colours = rays.colours(image, outline)
    strength = np.where(rays.inside(outline), edge_strength(colours), 0.0)
    cost = 1.0 - strength + DEPTH * rays.radii * (1 - rays.sideways) + rays.to_the_ends()
    path = cheapest(cost.astype(np.float32), BEND)
    seen = float(np.median(strength[np.arange(ANGLES), path][MIDDLE]))
    if min(seen, _change_across(colours, path)) < CLEAR:
        return None
    traced = smoothed(rays.along(path), 1.5)
    return np.vstack([_collar_side(right), traced, _collar_side(left)[::-1]])


def _change_across(colours: Floats, path: NDArray[np.int64]) -> float:
    """How much cloth and inside differ in colour all along the edge, from 0 to 1.

    A print has strong edges too, but they go this way and that, and their sum is little.
    """
    rays, last = np.arange(ANGLES)[:, None], colours.shape[1] - 1
    beyond, before = (
        colours[rays, np.clip(path[:, None] + away, 0, last)].mean(axis=1)
        for away in (BESIDE, -BESIDE)
    )
    shift = float(np.linalg.norm((beyond - before)[MIDDLE].mean(axis=0)))
    return shift / (shift + 5.0)


def _collar_side(half: TopHalf) -> Points:
    """From where the collar meets the shoulder up to its top corner."""
    return half.half.to_frame(half.half.points[half.collar : half.neck + 1])[::-1]
