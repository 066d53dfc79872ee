"""The front edge of a collar that stands up, or of a hood, traced by its contrast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import Outline, smoothed
from deployments.garment_shape.polar import ANGLES, Floats, Points, Rays, cheapest, edge_strength
from deployments.garment_shape.top import TopHalf
from deployments.types import Image

RADII = 72
SHALLOW = 0.42
"""Half widths of the neck: the front edge of a hood lies at least so deep, as a rule."""
LABEL = 0.62
"""Half widths of the neck: how deep a label in the middle of a hood's back may reach."""
HOOD_PRICE, COLLAR_PRICE = 0.1, 0.08
"""The price of depth: of two edges the inner one is right, since a ribbing is kept."""
BEND = 0.03
"""The price of going up and down."""
CLEAR = 0.6
"""Edge strength (0 to 1) under which no front edge is believed."""
TALL = 0.8
"""Half widths of the neck from which what stands above the shoulder is no collar but a hood."""


def collar_edge(image: Image, outline: Outline, left: TopHalf, right: TopHalf) -> Points | None:
    """The edge from where the collar meets the wearer's right shoulder to the left one, in the
    upright frame; None where none is clear."""
    start, end = (half.half.to_frame(half.point("collar"))[0] for half in (right, left))
    rays = Rays((start, end), RADII)
    colours = rays.colours(image, outline)
    inside = rays.inside(outline)
    strength = np.where(inside, edge_strength(colours), 0.0).astype(np.float32)
    cost = _hood_cost(rays, strength) if _is_hood(left) else _collar_cost(rays, strength)
    path = cheapest(cost, BEND)
    middle = slice(ANGLES // 5, ANGLES - ANGLES // 5)
    seen = float(np.median(strength[np.arange(ANGLES), path][middle]))
    if min(seen, _change_across(colours, path, middle)) < CLEAR:
        return None
    traced = smoothed(rays.along(path), 1.5)
    return np.vstack([_collar_side(right), traced, _collar_side(left)[::-1]])


def _is_hood(half: TopHalf) -> bool:
    rise = float(half.point("neck")[1] - half.point("collar")[1])
    return rise > TALL * float(half.point("neck")[0])


def _collar_cost(rays: Rays, strength: Floats) -> Floats:
    """What each place costs: little on an edge. A collar's edge lies high."""
    return 1.0 - strength + COLLAR_PRICE * _depth(rays) + rays.to_the_ends() + _beyond(strength)


def _hood_cost(rays: Rays, strength: Floats) -> Floats:
    """The same for a hood, whose back shows its own rim and a label above the front's edge."""
    shallow = 0.9 * np.clip(SHALLOW - rays.radii, 0, None) * (1 - rays.sideways)
    cost = 1.0 - _without_label(rays, strength) + HOOD_PRICE * _depth(rays) + shallow
    return np.asarray(cost + rays.to_the_ends() + _beyond(strength), np.float32)


def _depth(rays: Rays) -> Floats:
    return np.asarray(rays.radii * (1 - rays.sideways), np.float32)


def _beyond(strength: Floats) -> Floats:
    """What it costs to leave the cloth."""
    return np.where(strength > 0, 0.0, 0.35).astype(np.float32)


def _without_label(rays: Rays, strength: Floats) -> Floats:
    """The edges, those of a label in the back's middle made faint. Each side is helped by the
    other, since most necklines are symmetric."""
    central = np.exp(-((rays.sideways / 0.5) ** 2)) * (rays.radii < LABEL)
    both = 0.65 * strength + 0.35 * strength[::-1]
    return np.asarray(both * (1 - 0.75 * central), np.float32)


def _change_across(colours: Floats, path: NDArray[np.int64], middle: slice) -> float:
    """How much cloth and inside differ in colour all along the edge, from 0 to 1.

    A print has strong edges too, but they go this way and that, and their sum is little.
    """
    rays, last = np.arange(ANGLES)[:, None], colours.shape[1] - 1
    away = np.array([3, 4, 5, 6])
    beyond, before = (
        colours[rays, np.clip(path[:, None] + step, 0, last)].mean(axis=1) for step in (away, -away)
    )
    shift = float(np.linalg.norm((beyond - before)[middle].mean(axis=0)))
    return shift / (shift + 5.0)


def _collar_side(half: TopHalf) -> Points:
    """From where the collar meets the shoulder up to its top corner."""
    return half.half.to_frame(half.half.points[half.collar : half.neck + 1])[::-1]
