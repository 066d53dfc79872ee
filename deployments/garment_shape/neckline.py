"""The front edge of a neck opening, found on the garment's picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.collar import collar_edge
from deployments.garment_shape.crown import is_crown
from deployments.garment_shape.opening import Opening
from deployments.garment_shape.outline import Outline, smoothed
from deployments.garment_shape.polar import (
    MIDDLE,
    STEP,
    Floats,
    Points,
    Rays,
    cheapest,
    edge_strength,
)
from deployments.garment_shape.top import TopHalf, with_neck
from deployments.types import Image

RADII = 105
BARE = 0.9
"""Half widths of the neck: where the ground itself is seen so deep, the outline is the edge."""
AGREE = 6.0
"""The price of half a neck's width on the wrong side of the edge, by the network's chances; that of
a place without any contrast is 1."""
BEND, SMOOTH = 0.06, 2.0
"""The price of going up and down, and rays over which the edge is evened out."""
SEEN = 0.5
"""Mean of the rays' highest chances from which there is an opening."""
LEAST_BACK = 0.06
"""Half widths of the neck: how much of the back's inside must be seen above the edge. What is open
to the ground has the outline itself for its edge."""
OTHER = 0.3
"""Share of the neck's width by which the opening's must differ to count."""
CLOSED, USUAL = 0.17, 0.36
"""Half a neck's width by that at the armpits, under which the outline shows no opening at all, and
the one that is taken where the network sees none either."""


@dataclass(frozen=True)
class Neckline:
    points: NDArray[np.float64]
    """From the wearer's right to the left, in px of the upright frame."""
    front: NDArray[np.float64]
    """Its lowest point at the middle."""


def neckline(
    image: Image, outline: Outline, left: TopHalf, right: TopHalf, opening: Opening
) -> Neckline:
    """Finds the neck opening's front edge. `left` and `right` are the wearer's.

    The network says where the opening is, and the picture's own contrast where it ends; collars
    that stand up are traced by contrast alone, and the rest is left to the outline.
    """
    if _bare_depth(left, right) > BARE:
        found = None
    elif left.standing_collar or right.standing_collar:
        found = collar_edge(image, outline, left, right)
    else:
        found = _front_edge(image, outline, left, right, opening)
    return _as_found(_outline_between(left, right) if found is None else found)


def with_seen_opening(
    image: Image, outline: Outline, left: TopHalf, right: TopHalf, opening: Opening
) -> tuple[TopHalf, TopHalf]:
    """The halves with neck points where the opening ends, which the outline alone cannot tell where
    the back runs on straight into the shoulders; with collars that stand up they stay."""
    if left.standing_collar or right.standing_collar:
        if not is_crown(image, outline, left, right):
            return left, right
        left, right = (replace(half, standing_collar=False) for half in (left, right))
    width, reach = (float(left.point(at)[0] + right.point(at)[0]) / 2 for at in ("neck", "armpit"))
    found = opening.half_width or (USUAL * reach if width <= CLOSED * reach else width)
    if abs(found - width) < OTHER * width:
        return left, right
    return with_neck(left, found), with_neck(right, found)


def _front_edge(
    image: Image, outline: Outline, left: TopHalf, right: TopHalf, opening: Opening
) -> Points | None:
    """The edge where the opening ends; None where there is none, or only ground is seen in it."""
    start, end = (half.half.to_frame(half.point("neck"))[0] for half in (right, left))
    rays = Rays((start, end), RADII)
    inside, chance = rays.inside(outline), opening.at(rays.points)
    strength = np.where(inside, edge_strength(rays.colours(image, outline)), 0.0)
    cost = AGREE * _disagreement(chance) + 1.0 - strength + rays.to_the_ends()
    path = cheapest(cost.astype(np.float32), BEND)
    back = STEP * (inside & (np.arange(RADII) < path[:, None])).sum(axis=1)
    if float(chance[MIDDLE].max(axis=1).mean()) < SEEN or float(back[MIDDLE].mean()) < LEAST_BACK:
        return None
    return smoothed(rays.along(path), SMOOTH)


def _disagreement(chance: Floats) -> Floats:
    """ANGLES×radii: how much of a ray, in half widths of the neck, lies on the wrong side of an
    edge at each of its places."""
    before = np.cumsum(1 - chance, axis=1) - (1 - chance)
    after = np.cumsum(chance[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(STEP * (before + after), np.float32)


def _bare_depth(left: TopHalf, right: TopHalf) -> float:
    """How deep the ground is seen in the opening, in half widths of the neck."""
    necks = (left.point("neck") + right.point("neck")) / 2
    return float(left.half.points[0, 1] - necks[1]) / max(float(necks[0]), 2.0)


def _as_found(points: Points) -> Neckline:
    middle = points[len(points) // 6 : -(len(points) // 6) or None]
    return Neckline(points, middle[int(middle[:, 1].argmax())])


def _outline_between(left: TopHalf, right: TopHalf) -> Points:
    one = right.half.to_frame(right.half.points[: right.neck + 1])[::-1]
    other = left.half.to_frame(left.half.points[: left.neck + 1])
    return np.vstack([one, other[1:]])
