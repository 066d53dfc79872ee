"""The front edge of a neck opening, traced on the garment's picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import Outline
from deployments.garment_shape.top import TopHalf
from deployments.types import Image

ANGLES = 61
RADII = 72
NEAREST, FARTHEST = 0.12, 2.3
"""Range of the search, in half widths of the neck."""
STEEPEST = 4
"""Radii by which the edge may move from one ray to the next."""
FAINT = 0.1
"""Mean edge strength (0 to 1) under which no front edge is to be seen."""


@dataclass(frozen=True)
class Neckline:
    points: NDArray[np.float64]
    """From the wearer's right to the left, in px of the upright frame."""
    front: NDArray[np.float64]
    """Its lowest point at the middle."""
    strength: float
    """How clearly the edge was seen, from 0 to 1."""


def neckline(image: Image, outline: Outline, left: TopHalf, right: TopHalf) -> Neckline:
    """Traces the neck opening's front edge.

    `left` and `right` are the wearer's. Rays go out from between the neck points, downwards; the
    edge is the path of least cost over them (dynamic programming) on the Lab gradient.
    """
    start = right.half.to_frame(right.point("neck"))[0]
    end = left.half.to_frame(left.point("neck"))[0]
    along_outline = _outline_between(left, right)
    if left.standing_collar or right.standing_collar:
        return _as_found(along_outline, 0.5)
    traced, strength = _trace(image, outline, start, end)
    if strength < FAINT:
        return _as_found(along_outline, strength)
    return _as_found(traced, strength)


def _as_found(points: NDArray[np.float64], strength: float) -> Neckline:
    middle = points[len(points) // 6 : -(len(points) // 6) or None]
    return Neckline(points, middle[int(middle[:, 1].argmax())], strength)


def _outline_between(left: TopHalf, right: TopHalf) -> NDArray[np.float64]:
    one = right.half.to_frame(right.half.points[: right.neck + 1])[::-1]
    other = left.half.to_frame(left.half.points[: left.neck + 1])
    return np.vstack([one, other[1:]])


def _trace(
    image: Image, outline: Outline, start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """(the edge from `start` to `end`, its mean strength)."""
    rays, half = _rays(start, end)
    grid = outline.to_picture(rays.reshape(-1, 2)).reshape(rays.shape)
    strength = _edge_strength(image, grid, half * outline.scale)
    inside = _sampled(outline.mask, rays)
    cost = _cost(strength, inside)
    path = _cheapest(cost)
    points = rays[np.arange(ANGLES), path]
    points = np.vstack([start, points[2:-2], end])
    return points, float(strength[np.arange(2, ANGLES - 2), path[2:-2]].mean())


def _rays(
    start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """(ANGLES×RADII×2 points, half of the neck's width)."""
    middle = (start + end) / 2
    across = end - start
    half = max(float(np.linalg.norm(across)) / 2, 2.0)
    across = across / (2 * half)
    down = np.array([-across[1], across[0]])
    angle = np.linspace(np.pi, 0, ANGLES)[:, None, None]
    radius = half * np.linspace(NEAREST, FARTHEST, RADII)[None, :, None]
    rays = middle + radius * (np.cos(angle) * across + np.sin(angle) * down)
    return rays, half


def _edge_strength(image: Image, grid: NDArray[np.floating], half: float) -> NDArray[np.float32]:
    """Contrast along each ray at each of its points, from 0 to 1."""
    low = np.floor(grid.min(axis=(0, 1))).astype(int) - 4
    high = np.ceil(grid.max(axis=(0, 1))).astype(int) + 5
    low = np.maximum(low, 0)
    patch = image[low[1] : high[1], low[0] : high[0]]
    lab = cv2.cvtColor(np.ascontiguousarray(patch), cv2.COLOR_RGB2LAB).astype(np.float32)
    soft = cv2.GaussianBlur(lab, (0, 0), max(0.012 * half, 0.6))
    where = (grid - low).astype(np.float32)
    polar = cv2.remap(soft, where[..., 0], where[..., 1], cv2.INTER_LINEAR)
    change = np.zeros_like(polar)
    change[:, 2:-2] = (polar[:, 4:] + polar[:, 3:-1]) - (polar[:, 1:-3] + polar[:, :-4])
    size = np.linalg.norm(change, axis=2)
    return np.asarray(size / (size + 24.0), np.float32)


def _sampled(mask: NDArray[np.uint8], rays: NDArray[np.float64]) -> NDArray[np.uint8]:
    where = rays.astype(np.float32)
    return cv2.remap(mask, where[..., 0], where[..., 1], cv2.INTER_NEAREST).astype(np.uint8)


def _cost(strength: NDArray[np.float32], inside: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What each point of each ray costs: little on an edge, much outside of the cloth."""
    cost = 1.0 - strength
    radius = np.linspace(NEAREST, FARTHEST, RADII, dtype=np.float32)[None]
    angle = np.linspace(np.pi, 0, ANGLES, dtype=np.float32)[:, None]
    sideways = np.abs(np.cos(angle))
    cost += 0.12 * radius * (1 - sideways)  # of two edges the inner one: the ribbing is kept
    cost += 0.8 * sideways**6 * np.abs(radius - 1.0)  # both ends come to the neck points
    cost[inside == 0] += 0.6
    return np.asarray(cost, np.float32)


def _cheapest(cost: NDArray[np.float32]) -> NDArray[np.int64]:
    """One radius for each ray, moving at most STEEPEST from ray to ray."""
    count, radii = cost.shape
    moves = np.arange(-STEEPEST, STEEPEST + 1)
    price = 0.02 * moves.astype(np.float32) ** 2
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
