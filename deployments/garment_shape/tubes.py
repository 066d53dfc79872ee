"""Sleeves and trouser legs as tubes: a centre line and half of the cloth's width along it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import (
    arc_length,
    at_arc,
    at_share,
    resampled,
    smoothed,
    turning,
)

SLICES = 18
NARROWEST_CUFF = 0.5
"""A cuff's width by the sleeve's mean width, at least."""


def cuff_corners(chain: NDArray[np.float64]) -> tuple[int, int]:
    """Where a sleeve's outline, from its upper to its lower root, turns into the cuff and out.

    The quadrilateral of the two roots and two points of the outline is largest where those two
    are the cuff's corners, and the outline turns sharply there. A long sleeve may bend and
    shoulders have corners of their own, so the roots are taken close to the sleeve's tip, and
    closer again round each answer.
    """
    along = arc_length(chain)
    corners = 1.0 + np.clip(turning(chain, 8), 0, 90) / 45.0
    root = (chain[0] + chain[-1]) / 2
    first = last = int(np.linalg.norm(chain - root, axis=1).argmax())
    narrowest = NARROWEST_CUFF * _mean_width(chain)
    reach = float(np.linalg.norm(chain[-1] - chain[0]))
    for _ in range(4):
        upper = int(np.searchsorted(along, along[first] - reach))
        lower = int(np.searchsorted(along, along[last] + reach))
        lower = min(lower, len(chain) - 1)
        first, last = _largest_quadrilateral(chain, corners, max(upper, 0), lower, narrowest)
        reach = 0.7 * float(np.linalg.norm(chain[last] - chain[first]))
    return first, last


def tube_between(
    one: NDArray[np.float64], other: NDArray[np.float64], slices: int = SLICES
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(centre `slices`×2, half width `slices`) of the cloth between two edges, from root to cuff.

    Points of the edges at the same distance from the cuff face each other. Of unequal edges the
    shorter one waits at its root while the longer one goes round it, as round an armpit. The width
    is taken across the centre line, since the two points of a pair need not face each other
    squarely.
    """
    lengths = [float(arc_length(edge)[-1]) for edge in (one, other)]
    from_cuff = np.linspace(max(lengths), 0, 4 * slices)
    near, far = (
        at_arc(edge, np.maximum(length - from_cuff, 0.0))
        for edge, length in zip((one, other), lengths, strict=True)
    )
    along = arc_length(middle := smoothed((near + far) / 2, slices / 3))
    even = np.linspace(0, along[-1], slices)
    centre = at_arc(middle, even)
    near, far = (at_share(edge, along, even) for edge in (near, far))
    ahead = np.gradient(centre, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-6)
    across = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    return centre, np.abs(((near - far) * across).sum(axis=1)) / 2


def _largest_quadrilateral(
    chain: NDArray[np.float64],
    corners: NDArray[np.float64],
    start: int,
    end: int,
    apart: float,
) -> tuple[int, int]:
    """Indices of the two points that make the largest quadrilateral with `start` and `end`.

    The area counts more the sharper (`corners`) the outline turns at the points, which are `apart`
    at least: two at one sharp corner count for two corners else.
    """
    picked = np.unique(np.linspace(start, end, 90).astype(int))
    points = chain[picked]
    root_a, root_b = chain[start], chain[end]
    upper = _cross(points - root_a, root_b - root_a)
    # Shoelace of a, i, j, b: its double area is |(i - a)×(j - a) + (j - a)×(b - a)|.
    from_a = points - root_a
    pair = from_a[:, None, 0] * from_a[None, :, 1] - from_a[:, None, 1] * from_a[None, :, 0]
    area = pair + upper[None, :]
    order = np.arange(len(picked))
    sharp = corners[picked]
    area = area * _sense(chain) * sharp[:, None] * sharp[None, :]
    far = np.linalg.norm(points[:, None] - points[None], axis=2) >= apart
    area = np.where((order[:, None] < order[None, :]) & far, area, -np.inf)
    i, j = np.unravel_index(int(area.argmax()), area.shape)
    if not np.isfinite(area[i, j]):  # nothing between the roots is so wide
        return start, end
    return int(picked[i]), int(picked[j])


def _mean_width(chain: NDArray[np.float64]) -> float:
    """Of the cloth between a chain and the line from its end to its beginning: its area by the
    length of its middle line."""
    following = np.roll(chain, -1, axis=0)
    doubled = chain[:, 0] * following[:, 1] - chain[:, 1] * following[:, 0]
    return abs(float(doubled.sum())) / max(float(arc_length(chain)[-1]), 1e-6)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(a[:, 0] * b[1] - a[:, 1] * b[0], np.float64)


def _sense(chain: NDArray[np.float64]) -> float:
    """1 or -1: which way round the chain goes."""
    ring = resampled(chain, 2.0)
    following = np.roll(ring, -1, axis=0)
    doubled = (ring[:, 0] * following[:, 1] - ring[:, 1] * following[:, 0]).sum()
    return 1.0 if doubled >= 0 else -1.0
