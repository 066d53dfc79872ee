"""The front edge of a neck opening, traced on the garment's picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.crown import is_crown
from deployments.garment_shape.outline import Outline, smoothed
from deployments.garment_shape.rib import above_rib
from deployments.garment_shape.top import TopHalf, with_neck
from deployments.types import Image

ANGLES = 61
RADII, DEEP_RADII = 72, 105
NEAREST, STEP = 0.12, 2.18 / 71
"""Where the search begins and its steps, in half widths of the neck. It goes deeper in vests."""
STEEPEST = 4
"""Radii by which the edge may move from one ray to the next."""
SHALLOW = 0.42
"""Half widths of the neck: front edges lie at least so deep, as a rule."""
BACK_HEM = 0.3
"""Half widths of the neck: how far the front edge lies below the back's upper edge."""
LABEL = 0.62
"""Half widths of the neck: how deep a label in the middle may reach."""
OWN_RIM, OWN_LABEL = 0.16, 0.4
"""Half widths of the neck: how far below a vest's deep outline the back's own rim reaches, and its
label."""
FAINT, CLEAR = 0.56, 0.6
"""Median edge strength (0 to 1) under which no front edge is believed; collars that stand up need a
clear one."""
OF_A_VEST, DEEP = 0.5, 0.6
"""The same where a vest hangs so low in front that the back's inside must be seen, and below that
inside, where prints have edges as well."""
BARE = 0.45
"""Half widths of the neck: where the ground itself is seen so deep, the outline may be the edge;
where it is twice as deep, it is."""
CLOSED = 0.17
"""Half a neck's width by that at the armpits, under which the outline shows no opening at all: it
goes straight from shoulder to shoulder, and the front's edge lies inside of it."""
USUAL, NARROW, WIDE = 0.36, 0.24, 0.7
"""The same of an opening that is looked for there first, and of the ones that may be found."""
LOWEST, TOO_LOW = 1.2, 0.5
"""How deep a front edge inside of the outline may lie, in depths of the armpits, and the price of
what is deeper: a yoke's seam is as clear as an edge."""
ON_EDGE = 0.5
"""Strength from which a point of the path lies on the front's edge."""


@dataclass(frozen=True)
class Neckline:
    points: NDArray[np.float64]
    """From the wearer's right to the left, in px of the upright frame."""
    front: NDArray[np.float64]
    """Its lowest point at the middle."""
    strength: float
    """How clearly the edge was seen, from 0 to 1."""


@dataclass(frozen=True)
class _Trace:
    points: NDArray[np.float64]
    """From end to end, K+2×2 px of the upright frame."""
    strengths: NDArray[np.float32]
    """K: the contrast at each point between the ends, from 0 to 1."""
    strength: float
    """How clearly the whole was seen, from 0 to 1."""


def neckline(image: Image, outline: Outline, left: TopHalf, right: TopHalf) -> Neckline:
    """Traces the neck opening's front edge.

    `left` and `right` are the wearer's. Rays go out from between the neck points, downwards; the
    edge is the path of least cost over them (dynamic programming) on the Lab gradient.
    """
    along_outline = _outline_between(left, right, "neck")
    bare = _bare_depth(left, right)
    if bare > 2 * BARE:
        return _as_found(along_outline, 1.0)
    standing = left.standing_collar or right.standing_collar
    ends = "collar" if standing else "neck"
    start, end = (half.half.to_frame(half.point(ends))[0] for half in (right, left))
    collar = standing and not _is_hood(left)
    vest = bare > BARE and not (standing or left.sleeved or right.sleeved)
    lowest = _lowest(left, right)
    trace = _trace(image, outline, (start, end), collar=collar, bare=bare, lowest=lowest)
    if vest:
        below = _trace(image, outline, (start, end), collar=False, bare=bare, deep=True)
        trace = below if below.strength > DEEP else trace
    traced, strength = trace.points, trace.strength
    if strength < (OF_A_VEST if vest else CLEAR if standing or bare > BARE else FAINT):
        return _as_found(along_outline, strength)
    if not standing:
        traced = above_rib(image, outline, left, right, traced)
    else:
        traced = np.vstack([_collar_side(right), traced, _collar_side(left)[::-1]])
    return _as_found(traced, strength)


def with_seen_opening(
    image: Image, outline: Outline, left: TopHalf, right: TopHalf
) -> tuple[TopHalf, TopHalf]:
    """The halves with neck points where the picture shows an opening whose back runs on straight
    into the shoulders, so that the outline has no corner there; others are left as they are."""
    reach = float(left.point("armpit")[0] + right.point("armpit")[0]) / 2
    width = float(left.point("neck")[0] + right.point("neck")[0]) / 2
    standing = left.standing_collar or right.standing_collar
    closed = width <= CLOSED * reach or (standing and is_crown(image, outline, left, right))
    if not closed or _bare_depth(left, right) > BARE:
        return left, right
    left, right = (replace(half, standing_collar=False) for half in (left, right))
    found = _seen_width(image, outline, *_opened(left, right, USUAL * reach))
    share = USUAL if found is None else float(np.clip(found / reach, NARROW, WIDE))
    return _opened(left, right, share * reach)


def _opened(left: TopHalf, right: TopHalf, width: float) -> tuple[TopHalf, TopHalf]:
    return with_neck(left, width), with_neck(right, width)


def _seen_width(image: Image, outline: Outline, left: TopHalf, right: TopHalf) -> float | None:
    """Half of how far the front's edge can be followed to both sides, from a search between neck
    points that may be wrong; None where no edge is seen."""
    ends = [half.half.to_frame(half.point("neck"))[0] for half in (right, left)]
    trace = _trace(image, outline, (ends[0], ends[1]), collar=False, bare=0.0)
    if trace.strength < FAINT:
        return None
    on_edge = trace.points[1:-1][trace.strengths > ON_EDGE]
    return float(np.ptp(on_edge[:, 0])) / 2


def _lowest(left: TopHalf, right: TopHalf) -> float:
    """The y of the upright frame below which no front edge is looked for."""
    neck, armpit = (
        float((left.point(name) + right.point(name))[1]) / 2 for name in ("neck", "armpit")
    )
    return neck + LOWEST * (armpit - neck)


def _is_hood(half: TopHalf) -> bool:
    """Whether what stands above the shoulder is too tall for a collar."""
    rise = float(half.point("neck")[1] - half.point("collar")[1])
    return rise > 0.8 * float(half.point("neck")[0])


def _bare_depth(left: TopHalf, right: TopHalf) -> float:
    """How deep the ground is seen in the opening, in half widths of the neck."""
    necks = (left.point("neck") + right.point("neck")) / 2
    return float(left.half.points[0, 1] - necks[1]) / max(float(necks[0]), 2.0)


def _collar_side(half: TopHalf) -> NDArray[np.float64]:
    """From where the collar meets the shoulder up to its top corner."""
    return half.half.to_frame(half.half.points[half.collar : half.neck + 1])[::-1]


def _as_found(points: NDArray[np.float64], strength: float) -> Neckline:
    middle = points[len(points) // 6 : -(len(points) // 6) or None]
    return Neckline(points, middle[int(middle[:, 1].argmax())], strength)


def _outline_between(left: TopHalf, right: TopHalf, ends: str) -> NDArray[np.float64]:
    one = right.half.to_frame(right.half.points[: getattr(right, ends) + 1])[::-1]
    other = left.half.to_frame(left.half.points[: getattr(left, ends) + 1])
    return np.vstack([one, other[1:]])


def _trace(
    image: Image,
    outline: Outline,
    ends: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    collar: bool,
    bare: float,
    deep: bool = False,
    lowest: float = np.inf,
) -> _Trace:
    """The edge between the `ends`.

    The front edge of a `collar` that stands up lies high, and no label is seen above it. Where the
    ground is seen as deep as `bare`, the back's own hem lies right below that. A `deep` search
    leaves out the back's rim and label wherever the ground ends. Below the y of `lowest` edges
    count for less.
    """
    rays, half = _rays(*ends, radii=DEEP_RADII if deep else RADII)
    grid = outline.to_picture(rays.reshape(-1, 2)).reshape(rays.shape)
    polar = _colours(image, grid, half * outline.scale)
    strength = _edge_strength(polar)
    # The outline itself is the strongest edge of all: it is taken out.
    rim = 2 * max(round((OWN_RIM if deep else 0.03) * half), 1) + 3
    core = np.asarray(cv2.erode(outline.mask, np.ones((rim, rim), np.uint8)), np.uint8)
    inside = _sampled(core, rays)
    strength = np.where(inside > 0, strength, 0.0).astype(np.float32)
    if collar:
        cost = _cost(strength, inside, shallow=0.0, inner=0.08)
    else:
        shallow = max(SHALLOW, bare + BACK_HEM)
        label = max(LABEL, bare + OWN_LABEL) if deep else LABEL
        cost = _cost(_without_label(strength, label), inside, shallow=shallow, inner=0.1)
    cost[rays[..., 1] > lowest] += TOO_LOW
    path = _cheapest(cost)
    points = np.vstack([ends[0], rays[np.arange(3, ANGLES - 3), path[3:-3]], ends[1]])
    middle = slice(ANGLES // 5, ANGLES - ANGLES // 5)
    seen = strength[np.arange(ANGLES), path]
    clear = min(float(np.median(seen[middle])), _change_across(polar, path, middle))
    return _Trace(smoothed(points, 1.5), seen[3:-3], clear)


def _change_across(polar: NDArray[np.float32], path: NDArray[np.int64], middle: slice) -> float:
    """How much cloth and inside differ in colour all along the edge, from 0 to 1.

    A print has strong edges too, but they go this way and that, and their sum is little.
    """
    rays, radii = np.arange(ANGLES)[:, None], polar.shape[1]
    beyond = polar[rays, np.clip(path[:, None] + [3, 4, 5, 6], 0, radii - 1)].mean(axis=1)
    before = polar[rays, np.clip(path[:, None] - [3, 4, 5, 6], 0, radii - 1)].mean(axis=1)
    shift = float(np.linalg.norm((beyond - before)[middle].mean(axis=0)))
    return shift / (shift + 5.0)


def _rays(
    start: NDArray[np.float64], end: NDArray[np.float64], *, radii: int
) -> tuple[NDArray[np.float64], float]:
    """(ANGLES×`radii`×2 points, half of the neck's width)."""
    middle = (start + end) / 2
    across = end - start
    half = max(float(np.linalg.norm(across)) / 2, 2.0)
    across = across / (2 * half)
    down = np.array([-across[1], across[0]])
    angle = np.linspace(np.pi, 0, ANGLES)[:, None, None]
    radius = half * _radii(radii)[..., None]
    rays = middle + radius * (np.cos(angle) * across + np.sin(angle) * down)
    return rays, half


def _colours(image: Image, grid: NDArray[np.floating], half: float) -> NDArray[np.float32]:
    """ANGLES×radii×3 Lab (8-bit units) of the picture along the rays."""
    low = np.maximum(np.floor(grid.min(axis=(0, 1))).astype(int) - 4, 0)
    high = np.ceil(grid.max(axis=(0, 1))).astype(int) + 5
    patch = image[low[1] : high[1], low[0] : high[0]]
    lab = cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_RGB2LAB).astype(np.float32)
    soft = cv2.GaussianBlur(lab, (0, 0), max(0.012 * half, 0.6))
    where = (grid - low).astype(np.float32)
    return np.asarray(cv2.remap(soft, where[..., 0], where[..., 1], cv2.INTER_LINEAR), np.float32)


def _edge_strength(polar: NDArray[np.float32]) -> NDArray[np.float32]:
    """Contrast along each ray at each of its points, from 0 to 1."""
    change = np.zeros_like(polar)
    change[:, 2:-2] = (polar[:, 4:] + polar[:, 3:-1]) - (polar[:, 1:-3] + polar[:, :-4])
    size = np.linalg.norm(change, axis=2)
    return np.asarray(size / (size + 10.0), np.float32)


def _sampled(mask: NDArray[np.uint8], rays: NDArray[np.float64]) -> NDArray[np.uint8]:
    where = rays.astype(np.float32)
    return cv2.remap(mask, where[..., 0], where[..., 1], cv2.INTER_NEAREST).astype(np.uint8)


def _radii(count: int) -> NDArray[np.float32]:
    """1×`count`: how far out the points of a ray lie, in half widths of the neck."""
    return (NEAREST + STEP * np.arange(count, dtype=np.float32))[None]


def _without_label(strength: NDArray[np.float32], reach: float) -> NDArray[np.float32]:
    """The edges, those of a label in the back's middle, down to `reach`, made faint.

    Each side is helped by the other, since most necklines are symmetric.
    """
    radius = _radii(strength.shape[1])
    angle = np.linspace(np.pi, 0, ANGLES, dtype=np.float32)[:, None]
    central = np.exp(-((np.cos(angle) / 0.5) ** 2)) * (radius < reach)
    both = 0.65 * strength + 0.35 * strength[::-1]
    return np.asarray(both * (1 - 0.75 * central), np.float32)


def _cost(
    strength: NDArray[np.float32], inside: NDArray[np.uint8], *, shallow: float, inner: float
) -> NDArray[np.float32]:
    """What each point of each ray costs: little on an edge, much outside of the cloth.

    `inner` is the price of depth; edges above `shallow` half widths cost more as well.
    """
    cost = 1.0 - strength
    radius = _radii(strength.shape[1])
    angle = np.linspace(np.pi, 0, ANGLES, dtype=np.float32)[:, None]
    sideways = np.abs(np.cos(angle))
    upright = 1 - sideways
    cost += inner * radius * upright  # of two edges the inner one: the ribbing is kept
    cost += 0.9 * np.clip(shallow - radius, 0, None) * upright  # not the back's own ribbing
    cost += 0.8 * sideways**6 * np.abs(radius - 1.0)  # both ends come to the neck points
    cost[inside == 0] += 0.35
    return np.asarray(cost, np.float32)


def _cheapest(cost: NDArray[np.float32]) -> NDArray[np.int64]:
    """One radius for each ray, moving at most STEEPEST from ray to ray."""
    count, radii = cost.shape
    moves = np.arange(-STEEPEST, STEEPEST + 1)
    price = 0.03 * moves.astype(np.float32) ** 2
    at = np.clip(np.arange(radii)[None] + moves[:, None], 0, radii - 1)
    total, back = cost[0].copy(), np.zeros((count, radii), np.int64)
    for ray in range(1, count):
        options = total[at] + price[:, None]
        best = options.argmin(axis=0)
        back[ray] = at[best, np.arange(radii)]
        total = options[best, np.arange(radii)] + cost[ray]
    path = np.zeros(count, np.int64)
    path[-1] = int(total.argmin())
    for ray in range(count - 1, 0, -1):
        path[ray - 1] = back[ray, path[ray]]
    return path
