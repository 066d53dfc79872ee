"""Rays that go out from between two neck points, downwards, and paths across them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import Outline
from deployments.types import Image

ANGLES = 61
NEAREST, STEP = 0.12, 2.18 / 71
"""Where the rays begin and their steps, in half widths of the neck."""
STEEPEST = 4
"""Radii by which a path may move from one ray to the next."""
TO_THE_ENDS = 0.8
"""The price of ending elsewhere than at the neck points."""
SKIPPED = 3
"""Rays at either side that the path does without: its ends are the neck points themselves."""

MIDDLE = slice(ANGLES // 5, ANGLES - ANGLES // 5)
"""The rays that are asked whether an edge is seen."""

Points = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rays:
    """ANGLES rays from the wearer's right to the left, in an upright frame."""

    ends: tuple[Points, Points]
    """The neck points, right and left."""
    count: int
    """Radii on each ray."""

    @cached_property
    def half(self) -> float:
        """Half of the neck's width."""
        return max(float(np.linalg.norm(self.ends[1] - self.ends[0])) / 2, 2.0)

    @cached_property
    def radii(self) -> Floats:
        """1×`count`: how far out they lie, in half widths of the neck."""
        return (NEAREST + STEP * np.arange(self.count, dtype=np.float32))[None]

    @cached_property
    def sideways(self) -> Floats:
        """ANGLES×1: 1 for rays towards the neck points, 0 straight down."""
        return np.abs(np.cos(np.linspace(np.pi, 0, ANGLES, dtype=np.float32)))[:, None]

    @cached_property
    def points(self) -> Points:
        """ANGLES×`count`×2."""
        start, end = self.ends
        across = (end - start) / (2 * self.half)
        down = np.array([-across[1], across[0]])
        angle = np.linspace(np.pi, 0, ANGLES)[:, None, None]
        radius = self.half * self.radii[..., None]
        found = (start + end) / 2 + radius * (np.cos(angle) * across + np.sin(angle) * down)
        return np.asarray(found, np.float64)

    def colours(self, image: Image, outline: Outline) -> Floats:
        """ANGLES×`count`×3 Lab (8-bit units) of the picture along them."""
        grid = outline.to_picture(self.points.reshape(-1, 2)).reshape(self.points.shape)
        low = np.maximum(np.floor(grid.min(axis=(0, 1))).astype(int) - 4, 0)
        high = np.ceil(grid.max(axis=(0, 1))).astype(int) + 5
        patch = np.ascontiguousarray(image[low[1] : high[1], low[0] : high[0]])
        lab = cv2.cvtColor(patch, cv2.COLOR_RGB2LAB).astype(np.float32)
        soft = cv2.GaussianBlur(lab, (0, 0), max(0.012 * self.half * outline.scale, 0.6))
        where = (grid - low).astype(np.float32)
        return np.asarray(cv2.remap(soft, where[..., 0], where[..., 1], cv2.INTER_LINEAR))

    def inside(self, outline: Outline) -> NDArray[np.bool_]:
        """ANGLES×`count`: what lies in the cloth and not at its outline, the strongest edge."""
        rim = 2 * max(round(0.03 * self.half), 1) + 3
        core = cv2.erode(outline.mask, np.ones((rim, rim), np.uint8))
        where = self.points.astype(np.float32)
        found = cv2.remap(core, where[..., 0], where[..., 1], cv2.INTER_NEAREST)
        return np.asarray(found > 0)

    def to_the_ends(self) -> Floats:
        """ANGLES×`count`: what it costs near the neck points to pass them by."""
        return np.asarray(TO_THE_ENDS * self.sideways**6 * np.abs(self.radii - 1.0), np.float32)

    def along(self, path: NDArray[np.int64]) -> Points:
        """The points of a path, from one neck point to the other."""
        passed = self.points[np.arange(ANGLES), path][SKIPPED:-SKIPPED]
        return np.vstack([self.ends[0], passed, self.ends[1]])


def edge_strength(colours: Floats) -> Floats:
    """Contrast along each ray at each of its points, from 0 to 1."""
    change = np.zeros_like(colours)
    outward = colours[:, 4:] + colours[:, 3:-1]
    change[:, 2:-2] = outward - (colours[:, 1:-3] + colours[:, :-4])
    size = np.linalg.norm(change, axis=2)
    return np.asarray(size / (size + 10.0), np.float32)


def cheapest(cost: Floats, bend: float) -> NDArray[np.int64]:
    """One radius for each ray, moving at most STEEPEST from ray to ray (dynamic programming); such
    a move costs its square times `bend`."""
    count, radii = cost.shape
    moves = np.arange(-STEEPEST, STEEPEST + 1)
    price = bend * moves.astype(np.float32) ** 2
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
