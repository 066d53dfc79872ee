"""A hood that is laid spread above the shoulders: where it ends.

Its lower corners look like armpits, but below them the outline goes out again. All lengths are in
px of the upright frame; x counts outward from the mirror axis.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from deployments.garment_shape.outline import CORNER, NARROWEST, NOTCH, Half, arc_length

HIGHEST, LOWEST = 0.14, 0.36
"""Shares of the height between which a hood ends: a collar ends higher, an armhole lower."""
WIDEST = 0.75
"""Width of a hood's foot by the median of what lies below it, at most."""
BEYOND = 0.02
"""Share of the height by which a hood reaches out over its foot."""
SHOULDER = 0.06
"""Share of the height over which the outline goes out more than down below a hood, where the
shoulders follow; below a sleeve it goes down."""


def hood_end(halves: Iterable[Half], height: float) -> float | None:
    """The y at which a hood meets the shoulders, None where neither half shows one. `height` is the
    garment's. One side may hide what the other tells."""
    feet = [half.points[foot, 1] for half in halves if (foot := _seen_foot(half, height))]
    return float(max(feet)) if feet else None


def hood_foot(half: Half, end: float) -> int:
    """Index of the point where the outline passes the y of a hood's `end`."""
    highest = int(half.points[:, 1].argmin())
    return highest + int((half.points[highest:, 1] >= end).argmax())


def _seen_foot(half: Half, height: float) -> int:
    """Index of the deepest point of the lowest notch that may be a hood's; 0: none."""
    turn = half.turning(max(int(CORNER * height), 4))
    feet = np.flatnonzero((turn < NOTCH) & _may_end(half, height) & _goes_out(half, height))
    if not len(feet):
        return 0
    lowest = np.split(feet, np.flatnonzero(np.diff(feet) > 1) + 1)[-1]
    return int(lowest[turn[lowest].argmin()])


def _may_end(half: Half, height: float) -> NDArray[np.bool_]:
    """Which points lie where a hood's foot may: high, near the axis, and under what overhangs."""
    x, y = half.points.T
    top = float(y.min())
    below = x[y >= top + LOWEST * height]
    widest = WIDEST * float(np.median(below)) if len(below) else 0.0
    high = (y > top + HIGHEST * height) & (y < top + LOWEST * height)
    overhang = np.maximum.accumulate(x) - x
    found = high & (x > NARROWEST * height) & (x < widest) & (overhang > BEYOND * height)
    return np.asarray(found, np.bool_)


def _goes_out(half: Half, height: float) -> NDArray[np.bool_]:
    """From which points on the outline goes out more than down."""
    along = arc_length(half.points)
    ends = np.searchsorted(along, along + SHOULDER * height).clip(max=len(along) - 1)
    out, down = (half.points[ends] - half.points).T
    return np.asarray(out > down, np.bool_)
