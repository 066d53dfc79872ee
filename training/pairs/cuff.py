"""Where a sleeve of a flat garment ends: the two corners of its outline there."""

from __future__ import annotations

import numpy as np

from deployments.types import Mask
from training.figures.body import Points
from training.pairs.lines import contour, smoothed

ARM = 0.35
"""Of the sleeve's width: the length along which the outline's direction is read beside a corner."""
AROUND = 1.3
"""Sleeve's widths from the end of the middle line within which the corners lie."""
CROOKED = 4.0
"""How much a bulge of the cuff counts against it (radians for a bulge as high as it is long)."""


class NoCuff(Exception):
    """The outline has no two corners where the sleeve should end."""


def found_cuff(
    mask: Mask, centre: Points, width: float, armpit: Points, side: int
) -> tuple[Points, Points]:
    """The outer and the inner corner, px. `centre` runs from the armhole to the cuff; `width` is
    the sleeve's at its middle. Raises NoCuff."""
    line = _outline(mask, side)
    step = max(1, round(ARM * width))
    ahead = np.roll(line, -step, axis=0) - line
    behind = line - np.roll(line, step, axis=0)
    turn = behind[:, 0] * ahead[:, 1] - behind[:, 1] * ahead[:, 0]
    # The other sleeve's outline is walked the other way round, where convex turns are negative.
    turn = side * np.arctan2(turn, (behind * ahead).sum(axis=1))
    away = np.linalg.norm(line - centre[-1], axis=1)
    low = np.linalg.norm(line - armpit, axis=1) > 0.3 * width
    near = np.flatnonzero((away < AROUND * width) & (turn > 0.3) & low)
    best, ends = -np.inf, (centre[-1], centre[-1])
    for first in near[:: max(1, len(near) // 60)]:
        for last in near[:: max(1, len(near) // 60)]:
            between = (last - first) % len(line)
            long = float(np.linalg.norm(line[last] - line[first]))
            if not (0.5 * width < long < 1.8 * width) or between > 1.5 * long:
                continue
            bulge = _bulge(line[(first + np.arange(between + 1)) % len(line)]) / long
            score = float(turn[first] + turn[last]) - CROOKED * bulge
            if score > best:
                best, ends = score, (line[first], line[last])
    if not np.isfinite(best):
        raise NoCuff("a sleeve without an end")
    return ends


def _bulge(piece: Points) -> float:
    """The farthest that a line leaves the straight way between its ends."""
    way = piece[-1] - piece[0]
    off = (piece - piece[0]) @ np.array([-way[1], way[0]]) / max(float(np.linalg.norm(way)), 1e-9)
    return float(np.abs(off).max())


def _outline(mask: Mask, side: int) -> Points:
    """A point a pixel, walked from a sleeve's outer corner to its inner one; smoothed."""
    line = contour(mask, 1.5, clockwise=side == 1)
    if not len(line):
        raise NoCuff("empty mask")
    return smoothed(line, np.array([1, 4, 6, 4, 1]) / 16)
